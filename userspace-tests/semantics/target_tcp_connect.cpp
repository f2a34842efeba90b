// SPDX-License-Identifier: GPL-2.0-only
// TCP connections being established, or refused: the listening and the connecting side.
#include "support/loopback.hpp"
#include "support/test.hpp"
#include "support/watch.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

using namespace support;

namespace {

SEMANTICS_SUITE(TargetTcpConnect);

unique_fd make_socket()
{
	return unique_fd{
		checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket")};
}

// Starts to connect; returns 0 or the errno of connect(2).
int begin_connect(int client, std::uint16_t port)
{
	sockaddr_in address{};
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(port);
	const auto* generic = reinterpret_cast<const sockaddr*>(&address);
	return connect(client, generic, sizeof(address)) < 0 ? errno : 0;
}

unique_fd accept_from(int listener)
{
	return unique_fd{checked(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC), "accept4")};
}

int error_of(int socket)
{
	int error = 0;
	socklen_t size = sizeof(error);
	checked(getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size), "SO_ERROR");
	return error;
}

// behaviours: 43, 53, 54
TEST_P(TargetTcpConnect, listener_is_readable_while_connections_wait)
{
	const loopback network;
	const unique_fd listener = make_tcp_listener();
	const watch seen{GetParam(), listener, all_events};
	EXPECT_THAT(seen.now(), stays_at(0));

	const unique_fd first = make_socket();
	begin_connect(first, port_of(listener));
	network.settle();
	EXPECT_THAT(seen.now(), wakes_with(readable));
	const unique_fd second = make_socket();
	begin_connect(second, port_of(listener));
	network.settle();
	EXPECT_THAT(seen.now(), wakes_with(readable));

	accept_from(listener).close();
	EXPECT_THAT(seen.now(), stays_at(readable));
	accept_from(listener).close();
	EXPECT_THAT(seen.now(), stays_at(0));
}

// behaviours: 43, 53, 54
TEST_P(TargetTcpConnect, listener_hangs_up_when_it_is_shut_down)
{
	const unique_fd listener = make_tcp_listener();
	const watch seen{GetParam(), listener, all_events};

	checked(shutdown(listener, SHUT_RD), "shutdown");

	EXPECT_THAT(seen.now(), wakes_with(writable | EPOLLHUP));
}

// behaviours: 43, 53, 54
TEST_P(TargetTcpConnect, client_is_hung_up_until_it_connects)
{
	const loopback network;
	const unique_fd listener = make_tcp_listener();
	const unique_fd client = make_socket();
	const watch seen{GetParam(), client, all_events};
	EXPECT_THAT(seen.now(), wakes_with(writable | EPOLLHUP));

	begin_connect(client, port_of(listener));
	network.settle();

	EXPECT_THAT(seen.now(), wakes_with(writable));
	EXPECT_EQ(error_of(client), 0);
}

// A listener whose queue is full drops further SYNs, which are retransmitted after a second.
// behaviours: 43, 53, 54
TEST_P(TargetTcpConnect, client_is_silent_while_it_connects)
{
	may_take(60s);
	const loopback network;
	const unique_fd listener = make_tcp_listener();
	checked(listen(listener, 0), "listen");
	const unique_fd first = make_socket();
	begin_connect(first, port_of(listener));
	network.settle();
	const unique_fd client = make_socket();
	const watch seen{GetParam(), client, all_events};
	ASSERT_THAT(seen.now(), wakes_with(writable | EPOLLHUP));

	ASSERT_EQ(begin_connect(client, port_of(listener)), EINPROGRESS);
	network.settle();
	EXPECT_THAT(seen.now(), stays_at(0));

	accept_from(listener).close();
	EXPECT_THAT(seen.next(), wakes_with(writable));
	EXPECT_EQ(error_of(client), 0);
}

// behaviours: 43, 53, 54
TEST_P(TargetTcpConnect, client_is_in_error_when_it_is_refused)
{
	const loopback network;
	const unique_fd closed_port = make_tcp_listener();
	const std::uint16_t port = port_of(closed_port);
	const unique_fd client = make_socket();
	const watch seen{GetParam(), client, all_events};
	ASSERT_THAT(seen.now(), wakes_with(writable | EPOLLHUP));
	// After the shutdown it no longer listens, but keeps others from using the port.
	checked(shutdown(closed_port, SHUT_RD), "shutdown");

	ASSERT_EQ(begin_connect(client, port), EINPROGRESS);
	network.settle();

	EXPECT_THAT(seen.now(),
		    wakes_with(readable | EPOLLRDHUP | writable | EPOLLERR | EPOLLHUP));
	EXPECT_EQ(error_of(client), ECONNREFUSED);
}

} // namespace
