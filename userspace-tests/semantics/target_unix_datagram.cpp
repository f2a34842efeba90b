// SPDX-License-Identifier: GPL-2.0-only
// Unix datagram sockets as targets. A sender to a named socket waits for room in two places: its own
// send buffer and the receiver's queue.
#include "support/test.hpp"
#include "support/watch.hpp"

#include <sys/un.h>

using namespace support;

namespace {

SEMANTICS_SUITE(TargetUnixDatagram);

unique_fd make_socket()
{
	return unique_fd{
		checked(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket")};
}

// A socket bound to a name that the kernel chooses.
unique_fd make_receiver()
{
	unique_fd receiver = make_socket();
	const sockaddr_un any{AF_UNIX, {}};
	checked(bind(receiver, reinterpret_cast<const sockaddr*>(&any), sizeof(any.sun_family)),
		"bind");
	return receiver;
}

unique_fd make_sender_to(int receiver)
{
	sockaddr_un address{};
	socklen_t length = sizeof(address);
	checked(getsockname(receiver, reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
	unique_fd sender = make_socket();
	checked(connect(sender, reinterpret_cast<const sockaddr*>(&address), length), "connect");
	return sender;
}

int send_datagrams_until_refused(int sender)
{
	int count = 0;
	while (send(sender, "x", 1, 0) == 1)
		++count;
	return count;
}

// behaviours: 43, 53, 54
TEST_P(TargetUnixDatagram, is_readable_until_the_last_datagram)
{
	const socket_ends pair = make_unix_pair(SOCK_DGRAM);
	const watch seen{GetParam(), pair.ours, EPOLLIN | EPOLLRDNORM};
	write_bytes(pair.peer, 1);
	EXPECT_THAT(seen.now(), wakes_with(readable));
	write_bytes(pair.peer, 1);
	EXPECT_THAT(seen.now(), wakes_with(readable));

	read_bytes(pair.ours, 1);
	EXPECT_THAT(seen.now(), stays_at(readable));
	read_bytes(pair.ours, 1);
	EXPECT_THAT(seen.now(), stays_at(0));
}

// behaviours: 28
TEST_P(TargetUnixDatagram, has_no_room_while_the_receivers_queue_is_full)
{
	const unique_fd receiver = make_receiver();
	const unique_fd sender = make_sender_to(receiver);
	const watch seen{GetParam(), sender, EPOLLOUT};
	ASSERT_THAT(seen.now(), wakes_with(EPOLLOUT));

	ASSERT_GT(send_datagrams_until_refused(sender), 1);
	EXPECT_THAT(seen.now(), stays_at(0));
	drain(receiver);
	EXPECT_THAT(seen.now(), wakes_with(EPOLLOUT));
}

// behaviours: 28
TEST_P(TargetUnixDatagram, has_room_as_soon_as_the_receiver_takes_one)
{
	const unique_fd receiver = make_receiver();
	const unique_fd sender = make_sender_to(receiver);
	ASSERT_GT(send_datagrams_until_refused(sender), 1);
	const watch seen{GetParam(), sender, EPOLLOUT};
	EXPECT_THAT(seen.now(), stays_at(0));

	read_bytes(receiver, 1);
	EXPECT_THAT(seen.now(), wakes_with(EPOLLOUT));
	ASSERT_EQ(send_datagrams_until_refused(sender), 1);
	EXPECT_THAT(seen.now(), stays_at(0));
}

// behaviours: 28
TEST_P(TargetUnixDatagram, wakes_a_sleeper_that_waits_for_the_receiver)
{
	const unique_fd receiver = make_receiver();
	const unique_fd sender = make_sender_to(receiver);
	ASSERT_GT(send_datagrams_until_refused(sender), 1);
	const event_set set = create();
	ASSERT_THAT(set.add(sender, EPOLLOUT | EPOLLET), succeeds());
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());

	drain(receiver);

	EXPECT_THAT(sleeper.result(), delivers({{EPOLLOUT, sender}}));
}

// behaviours: 28
TEST_P(TargetUnixDatagram, has_room_when_the_full_receiver_is_closed)
{
	unique_fd receiver = make_receiver();
	const unique_fd sender = make_sender_to(receiver);
	const watch seen{GetParam(), sender, EPOLLOUT};
	ASSERT_GT(send_datagrams_until_refused(sender), 1);
	ASSERT_THAT(seen.now(), stays_at(0));

	receiver.close();

	EXPECT_THAT(seen.now(), wakes_with(EPOLLOUT));
	EXPECT_EQ(send(sender, "x", 1, 0), -1);
	EXPECT_EQ(errno, ECONNREFUSED);
}

// behaviours: 43, 53, 54
TEST_P(TargetUnixDatagram, does_not_hang_up_when_its_peer_is_closed)
{
	socket_ends pair = make_unix_pair(SOCK_DGRAM);
	const watch seen{GetParam(), pair.ours, EPOLLIN | EPOLLRDHUP};

	pair.peer.close();

	EXPECT_THAT(seen.now(), stays_at(0));
}

// behaviours: 43, 53, 54
TEST_P(TargetUnixDatagram, hangs_up_when_it_is_shut_down_both_ways)
{
	const socket_ends pair = make_unix_pair(SOCK_DGRAM);
	const watch seen{GetParam(), pair.ours, all_events};
	ASSERT_THAT(seen.now(), wakes_with(sendable));

	checked(shutdown(pair.ours, SHUT_RD), "shutdown");
	EXPECT_THAT(seen.now(), wakes_with(readable | EPOLLRDHUP | sendable));
	checked(shutdown(pair.ours, SHUT_WR), "shutdown");
	EXPECT_THAT(seen.now(), wakes_with(readable | EPOLLRDHUP | sendable | EPOLLHUP));
}

} // namespace
