// SPDX-License-Identifier: GPL-2.0-only
// Established TCP connections as targets.
#include "support/loopback.hpp"
#include "support/test.hpp"
#include "support/watch.hpp"

#include <netinet/in.h>

using namespace support;

namespace {

SEMANTICS_SUITE(TargetTcp);

constexpr std::uint32_t end_of_stream = readable | EPOLLRDHUP;

// Closes with RST instead of FIN.
void reset(unique_fd& connection)
{
	const linger at_once{1, 0};
	checked(setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), "SO_LINGER");
	connection.close();
}

// behaviours: 43, 53, 54
TEST_P(TargetTcp, is_writable_when_established)
{
	const loopback network;
	const socket_ends tcp = make_tcp_pair();
	network.settle();
	const watch ours{GetParam(), tcp.ours, all_events};
	const watch peer{GetParam(), tcp.peer, all_events};

	EXPECT_THAT(ours.now(), wakes_with(writable));
	EXPECT_THAT(peer.now(), wakes_with(writable));
}

// behaviours: 43, 53, 54
TEST_P(TargetTcp, follows_the_data)
{
	const loopback network;
	const socket_ends tcp = make_tcp_pair();
	const watch seen{GetParam(), tcp.ours, EPOLLIN | EPOLLRDNORM};
	EXPECT_THAT(seen.now(), stays_at(0));

	for (int i = 0; i < 3; ++i) {
		write_bytes(tcp.peer, 10);
		network.settle();
		EXPECT_THAT(seen.now(), wakes_with(readable));
	}
	read_bytes(tcp.ours, 10);
	EXPECT_THAT(seen.now(), stays_at(readable));
	drain(tcp.ours);
	EXPECT_THAT(seen.now(), stays_at(0));
}

// behaviours: 43, 53, 54
TEST_P(TargetTcp, is_readable_only_from_the_low_water_mark_on)
{
	const loopback network;
	const socket_ends tcp = make_tcp_pair();
	const int mark = 10;
	checked(setsockopt(tcp.ours, SOL_SOCKET, SO_RCVLOWAT, &mark, sizeof(mark)), "SO_RCVLOWAT");
	const watch seen{GetParam(), tcp.ours, EPOLLIN};

	write_bytes(tcp.peer, 9);
	network.settle();
	EXPECT_THAT(seen.now(), stays_at(0));
	write_bytes(tcp.peer, 1);
	network.settle();
	EXPECT_THAT(seen.now(), wakes_with(EPOLLIN));
}

// behaviours: 43, 53, 54
TEST_P(TargetTcp, has_no_room_until_the_peer_has_read)
{
	const loopback network;
	const socket_ends tcp = make_tcp_pair();
	const watch seen{GetParam(), tcp.ours, EPOLLOUT};
	ASSERT_THAT(seen.now(), wakes_with(EPOLLOUT));
	// Data in transit frees room when it arrives, so the buffer is full only once the network is idle.
	while (fill(tcp.ours) > 0)
		network.settle();
	ASSERT_THAT(seen.now(), stays_at(0));

	while (drain(tcp.peer) > 0)
		network.settle();

	EXPECT_THAT(seen.next(), wakes_with(EPOLLOUT));
}

// behaviours: 43, 53, 54
TEST_P(TargetTcp, sees_the_peer_stop_to_send)
{
	const loopback network;
	const socket_ends tcp = make_tcp_pair();
	const watch seen{GetParam(), tcp.ours, all_events};
	ASSERT_THAT(seen.now(), wakes_with(writable));

	checked(shutdown(tcp.peer, SHUT_WR), "shutdown");
	network.settle();

	EXPECT_THAT(seen.now(), wakes_with(end_of_stream | writable));
	EXPECT_THAT(seen.now(), stays_at(end_of_stream | writable));
}

// behaviours: 43, 53, 54
TEST_P(TargetTcp, sees_data_before_the_end_of_the_stream)
{
	const loopback network;
	const socket_ends tcp = make_tcp_pair();
	const watch seen{GetParam(), tcp.ours, EPOLLIN | EPOLLRDHUP};

	write_bytes(tcp.peer, 1);
	network.settle();
	EXPECT_THAT(seen.now(), wakes_with(EPOLLIN));
	checked(shutdown(tcp.peer, SHUT_WR), "shutdown");
	network.settle();
	EXPECT_THAT(seen.now(), wakes_with(EPOLLIN | EPOLLRDHUP));
	drain(tcp.ours);
	EXPECT_THAT(seen.now(), stays_at(EPOLLIN | EPOLLRDHUP));
}

// behaviours: 43, 53, 54
TEST_P(TargetTcp, hangs_up_when_both_sides_stopped_to_send)
{
	const loopback network;
	const socket_ends tcp = make_tcp_pair();
	const watch ours{GetParam(), tcp.ours, all_events};
	const watch peer{GetParam(), tcp.peer, all_events};
	ASSERT_THAT(ours.now(), wakes_with(writable));
	ASSERT_THAT(peer.now(), wakes_with(writable));

	checked(shutdown(tcp.peer, SHUT_WR), "shutdown");
	checked(shutdown(tcp.ours, SHUT_WR), "shutdown");
	network.settle();

	EXPECT_THAT(ours.now(), wakes_with(end_of_stream | writable | EPOLLHUP));
	EXPECT_THAT(peer.now(), wakes_with(end_of_stream | writable | EPOLLHUP));
}

// behaviours: 43, 53, 54
TEST_P(TargetTcp, that_stops_to_receive_sees_the_end_of_the_stream)
{
	const loopback network;
	const socket_ends tcp = make_tcp_pair();
	const watch seen{GetParam(), tcp.ours, all_events};
	ASSERT_THAT(seen.now(), wakes_with(writable));

	checked(shutdown(tcp.ours, SHUT_RD), "shutdown");

	EXPECT_THAT(seen.now(), wakes_with(end_of_stream | writable));
}

// behaviours: 43, 53, 54
TEST_P(TargetTcp, is_in_error_and_hung_up_after_a_reset)
{
	const loopback network;
	socket_ends tcp = make_tcp_pair();
	const watch seen{GetParam(), tcp.ours, all_events};
	ASSERT_THAT(seen.now(), wakes_with(writable));

	reset(tcp.peer);
	network.settle();

	EXPECT_THAT(seen.now(), wakes_with(end_of_stream | writable | EPOLLERR | EPOLLHUP));
}

// behaviours: 43, 53, 54
TEST_P(TargetTcp, stays_hung_up_when_the_error_of_a_reset_was_taken)
{
	const loopback network;
	socket_ends tcp = make_tcp_pair();
	const watch seen{GetParam(), tcp.ours, 0};
	reset(tcp.peer);
	network.settle();
	ASSERT_THAT(seen.now(), wakes_with(EPOLLERR | EPOLLHUP));

	int error = 0;
	socklen_t size = sizeof(error);
	checked(getsockopt(tcp.ours, SOL_SOCKET, SO_ERROR, &error, &size), "SO_ERROR");

	EXPECT_EQ(error, ECONNRESET);
	EXPECT_THAT(seen.now(), stays_at(EPOLLHUP));
}

// behaviours: 43, 53, 54
TEST_P(TargetTcp, shows_urgent_data_as_priority)
{
	const loopback network;
	const socket_ends tcp = make_tcp_pair();
	const watch seen{GetParam(), tcp.ours, EPOLLIN | EPOLLPRI};

	checked(static_cast<int>(send(tcp.peer, "!", 1, MSG_OOB)), "send");
	network.settle();
	EXPECT_THAT(seen.now(), wakes_with(EPOLLPRI));
	char urgent = 0;
	checked(static_cast<int>(recv(tcp.ours, &urgent, 1, MSG_OOB)), "recv");
	EXPECT_THAT(seen.now(), stays_at(0));
}

// behaviours: 43, 53, 54
TEST_P(TargetTcp, shows_urgent_data_within_the_stream_as_readable)
{
	const loopback network;
	const socket_ends tcp = make_tcp_pair();
	const int on = 1;
	checked(setsockopt(tcp.ours, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on)), "SO_OOBINLINE");
	const watch seen{GetParam(), tcp.ours, EPOLLIN | EPOLLPRI};

	checked(static_cast<int>(send(tcp.peer, "!", 1, MSG_OOB)), "send");
	network.settle();

	EXPECT_THAT(seen.now(), wakes_with(EPOLLIN | EPOLLPRI));
}

} // namespace
