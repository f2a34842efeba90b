// SPDX-License-Identifier: GPL-2.0-only
// Unix stream sockets as targets.
#include "support/test.hpp"
#include "support/watch.hpp"

#include <sys/un.h>

using namespace support;

namespace {

SEMANTICS_SUITE(TargetUnixStream);

constexpr std::uint32_t end_of_stream = readable | EPOLLRDHUP;

// The address that the kernel chose for the socket.
sockaddr_un address_of(int socket, socklen_t& length)
{
	sockaddr_un address{};
	length = sizeof(address);
	checked(getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
	return address;
}

unique_fd make_socket()
{
	return unique_fd{
		checked(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket")};
}

unique_fd make_listener()
{
	unique_fd listener = make_socket();
	const sockaddr_un any{AF_UNIX, {}};
	checked(bind(listener, reinterpret_cast<const sockaddr*>(&any), sizeof(any.sun_family)),
		"bind");
	checked(listen(listener, 8), "listen");
	return listener;
}

unique_fd connect_to(int listener)
{
	unique_fd client = make_socket();
	socklen_t length = 0;
	const sockaddr_un address = address_of(listener, length);
	checked(connect(client, reinterpret_cast<const sockaddr*>(&address), length), "connect");
	return client;
}

// behaviours: 43, 53, 54
TEST_P(TargetUnixStream, follows_the_data)
{
	const socket_ends pair = make_unix_pair();
	const watch seen{GetParam(), pair.ours, EPOLLIN | EPOLLPRI | EPOLLRDHUP};
	EXPECT_THAT(seen.now(), stays_at(0));

	write_bytes(pair.peer, 2);
	EXPECT_THAT(seen.now(), wakes_with(EPOLLIN));
	read_bytes(pair.ours, 1);
	EXPECT_THAT(seen.now(), stays_at(EPOLLIN));
	drain(pair.ours);
	EXPECT_THAT(seen.now(), stays_at(0));
}

// behaviours: 43, 53, 54
TEST_P(TargetUnixStream, has_no_room_until_the_peer_has_read)
{
	const socket_ends pair = make_unix_pair();
	const watch seen{GetParam(), pair.ours, EPOLLOUT};
	ASSERT_THAT(seen.now(), wakes_with(EPOLLOUT));

	fill(pair.ours);
	EXPECT_THAT(seen.now(), stays_at(0));
	drain(pair.peer);
	EXPECT_THAT(seen.now(), wakes_with(EPOLLOUT));
}

// behaviours: 43, 53, 54
TEST_P(TargetUnixStream, hangs_up_when_the_peer_is_closed)
{
	socket_ends pair = make_unix_pair();
	const watch seen{GetParam(), pair.ours, all_events};
	ASSERT_THAT(seen.now(), wakes_with(sendable));

	pair.peer.close();

	EXPECT_THAT(seen.now(), wakes_with(end_of_stream | sendable | EPOLLHUP));
}

// behaviours: 43, 53, 54
TEST_P(TargetUnixStream, is_in_error_when_the_peer_is_closed_with_unread_data)
{
	socket_ends pair = make_unix_pair();
	const watch seen{GetParam(), pair.ours, all_events};
	write_bytes(pair.ours, 1);
	ASSERT_THAT(seen.now(), wakes_with(sendable));

	pair.peer.close();

	EXPECT_THAT(seen.now(), wakes_with(end_of_stream | sendable | EPOLLHUP | EPOLLERR));
}

// behaviours: 43, 53, 54
TEST_P(TargetUnixStream, sees_each_half_close)
{
	const socket_ends pair = make_unix_pair();
	const watch seen{GetParam(), pair.ours, all_events};
	ASSERT_THAT(seen.now(), wakes_with(sendable));

	checked(shutdown(pair.peer, SHUT_WR), "shutdown");
	EXPECT_THAT(seen.now(), wakes_with(end_of_stream | sendable));
	checked(shutdown(pair.ours, SHUT_WR), "shutdown");
	EXPECT_THAT(seen.now(), wakes_with(end_of_stream | sendable | EPOLLHUP));
}

// behaviours: 43, 53, 54
TEST_P(TargetUnixStream, unconnected_is_hung_up)
{
	const unique_fd alone = make_socket();
	const watch seen{GetParam(), alone, all_events};

	EXPECT_THAT(seen.now(), wakes_with(sendable | EPOLLHUP));
}

// behaviours: 43, 53, 54
TEST_P(TargetUnixStream, listener_is_readable_while_connections_wait)
{
	const unique_fd listener = make_listener();
	const watch seen{GetParam(), listener, all_events};
	EXPECT_THAT(seen.now(), stays_at(0));

	const unique_fd first = connect_to(listener);
	EXPECT_THAT(seen.now(), wakes_with(readable));
	const unique_fd second = connect_to(listener);
	EXPECT_THAT(seen.now(), wakes_with(readable));

	unique_fd{checked(accept(listener, nullptr, nullptr), "accept")};
	EXPECT_THAT(seen.now(), stays_at(readable));
	unique_fd{checked(accept(listener, nullptr, nullptr), "accept")};
	EXPECT_THAT(seen.now(), stays_at(0));
}

} // namespace
