// SPDX-License-Identifier: GPL-2.0-only
// UDP sockets as targets.
#include "support/loopback.hpp"
#include "support/test.hpp"
#include "support/watch.hpp"

#include <netinet/in.h>

#include <array>

using namespace support;

namespace {

SEMANTICS_SUITE(TargetUdp);

void read_error_queue(int socket)
{
	std::array<char, 256> control{};
	msghdr message{};
	message.msg_control = control.data();
	message.msg_controllen = control.size();
	checked(static_cast<int>(recvmsg(socket, &message, MSG_ERRQUEUE)), "recvmsg");
}

int take_error(int socket)
{
	int error = 0;
	socklen_t size = sizeof(error);
	checked(getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size), "SO_ERROR");
	return error;
}

// behaviours: 43, 53, 54
TEST_P(TargetUdp, is_always_writable)
{
	const unique_fd alone{checked(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket")};
	const watch seen{GetParam(), alone, all_events};

	EXPECT_THAT(seen.now(), wakes_with(sendable));
}

// behaviours: 43, 53, 54
TEST_P(TargetUdp, wakes_for_each_datagram_and_is_readable_until_the_last)
{
	const loopback network;
	const socket_ends udp = make_udp_pair();
	const watch seen{GetParam(), udp.ours, EPOLLIN | EPOLLRDNORM};
	EXPECT_THAT(seen.now(), stays_at(0));

	for (int i = 0; i < 3; ++i) {
		write_bytes(udp.peer, 10);
		network.settle();
		EXPECT_THAT(seen.now(), wakes_with(readable));
	}
	for (int i = 0; i < 2; ++i) {
		read_bytes(udp.ours, 10);
		EXPECT_THAT(seen.now(), stays_at(readable));
	}
	read_bytes(udp.ours, 10);
	EXPECT_THAT(seen.now(), stays_at(0));
}

// behaviours: 43, 53, 54
TEST_P(TargetUdp, is_readable_for_an_empty_datagram)
{
	const loopback network;
	const socket_ends udp = make_udp_pair();
	const watch seen{GetParam(), udp.ours, EPOLLIN};

	checked(static_cast<int>(send(udp.peer, nullptr, 0, 0)), "send");
	network.settle();

	EXPECT_THAT(seen.now(), wakes_with(EPOLLIN));
	EXPECT_EQ(read_bytes(udp.ours, 1), 0U);
	EXPECT_THAT(seen.now(), stays_at(0));
}

// behaviours: 43, 53, 54
TEST_P(TargetUdp, is_in_error_when_nobody_listens_until_the_error_is_taken)
{
	const loopback network;
	socket_ends udp = make_udp_pair();
	const watch seen{GetParam(), udp.ours, EPOLLIN};
	udp.peer.close();

	write_bytes(udp.ours, 1);
	network.settle();

	EXPECT_THAT(seen.now(), wakes_with(EPOLLERR));
	EXPECT_EQ(take_error(udp.ours), ECONNREFUSED);
	EXPECT_THAT(seen.now(), stays_at(0));
}

// behaviours: 43, 53, 54
TEST_P(TargetUdp, with_an_error_queue_is_in_error_until_the_queue_is_empty)
{
	const loopback network;
	socket_ends udp = make_udp_pair();
	const int on = 1;
	checked(setsockopt(udp.ours, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)), "IP_RECVERR");
	const watch seen{GetParam(), udp.ours, EPOLLIN | EPOLLPRI};
	udp.peer.close();

	write_bytes(udp.ours, 1);
	network.settle();
	ASSERT_EQ(take_error(udp.ours), ECONNREFUSED);

	EXPECT_THAT(seen.now(), wakes_with(EPOLLERR));
	read_error_queue(udp.ours);
	EXPECT_THAT(seen.now(), stays_at(0));
}

// behaviours: 43, 53, 54
TEST_P(TargetUdp, that_stops_to_receive_sees_the_end)
{
	const socket_ends udp = make_udp_pair();
	const watch seen{GetParam(), udp.ours, all_events};
	ASSERT_THAT(seen.now(), wakes_with(sendable));

	checked(shutdown(udp.ours, SHUT_RD), "shutdown");
	EXPECT_THAT(seen.now(), wakes_with(readable | EPOLLRDHUP | sendable));
	checked(shutdown(udp.ours, SHUT_WR), "shutdown");
	EXPECT_THAT(seen.now(), wakes_with(readable | EPOLLRDHUP | sendable | EPOLLHUP));
}

} // namespace
