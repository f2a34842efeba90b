// SPDX-License-Identifier: GPL-2.0-only
// Which bits a wait returns, and which wakeups match an interest mask.
#include "support/test.hpp"
#include "support/watch.hpp"

#include <netinet/in.h>

using namespace support;

namespace {

SEMANTICS_SUITE(EventMasks);

constexpr std::uint32_t uring_wake = 1U << 27;
constexpr std::uint32_t unknown_bits = 0x07fff800U & ~EPOLLRDHUP;

// behaviours: 43
TEST_P(EventMasks, return_the_whole_state_not_just_what_woke)
{
	const event_set set = create();
	const socket_ends pair = make_unix_pair();
	ASSERT_THAT(set.add(pair.ours, EPOLLIN | EPOLLOUT | EPOLLET), succeeds());
	ASSERT_THAT(set.wait(), delivers({{EPOLLOUT, pair.ours}}));

	write_bytes(pair.peer, 1);

	EXPECT_THAT(set.wait(), delivers({{EPOLLIN | EPOLLOUT, pair.ours}}));
}

// behaviours: 43
TEST_P(EventMasks, return_the_state_of_the_scan_not_of_the_wake)
{
	const event_set set = create();
	const socket_ends pair = make_unix_pair();
	ASSERT_THAT(set.add(pair.ours, EPOLLIN | EPOLLRDHUP | EPOLLET), succeeds());

	write_bytes(pair.peer, 1);
	read_bytes(pair.ours, 1);
	checked(shutdown(pair.peer, SHUT_WR), "shutdown");

	EXPECT_THAT(set.wait(), delivers({{EPOLLIN | EPOLLRDHUP, pair.ours}}));
}

// behaviours: 44
TEST_P(EventMasks, report_an_error_without_any_interest)
{
	const event_set set = create();
	pipe_ends pipe = make_pipe();
	ASSERT_THAT(set.add(pipe.writer, 0), succeeds());
	ASSERT_THAT(set.wait(), delivers_nothing());

	pipe.reader.close();

	for (int i = 0; i < 3; ++i)
		EXPECT_THAT(set.wait(), delivers({{EPOLLERR, pipe.writer}}));
}

// behaviours: 44
TEST_P(EventMasks, report_a_hangup_without_any_interest)
{
	const event_set set = create();
	pipe_ends pipe = make_pipe();
	ASSERT_THAT(set.add(pipe.reader, 0), succeeds());
	ASSERT_THAT(set.wait(), delivers_nothing());

	pipe.writer.close();

	for (int i = 0; i < 3; ++i)
		EXPECT_THAT(set.wait(), delivers({{EPOLLHUP, pipe.reader}}));
}

// behaviours: 45
TEST_P(EventMasks, report_a_half_close_as_readable)
{
	const socket_ends pair = make_unix_pair();
	const watch seen{GetParam(), pair.ours, EPOLLIN | EPOLLOUT};
	ASSERT_THAT(seen.now(), wakes_with(EPOLLOUT));

	checked(shutdown(pair.peer, SHUT_WR), "shutdown");

	EXPECT_THAT(seen.now(), wakes_with(EPOLLIN | EPOLLOUT));
}

// behaviours: 45
TEST_P(EventMasks, report_a_half_close_as_such_only_if_asked)
{
	const socket_ends pair = make_unix_pair();
	const watch asking{GetParam(), pair.ours, EPOLLRDHUP};
	const watch not_asking{GetParam(), pair.ours, EPOLLPRI};

	checked(shutdown(pair.peer, SHUT_WR), "shutdown");

	EXPECT_THAT(asking.now(), wakes_with(EPOLLRDHUP));
	EXPECT_THAT(not_asking.now(), stays_at(0));
}

// behaviours: 46
TEST_P(EventMasks, hold_each_bit_only_if_it_is_asked_for)
{
	const socket_ends pair = make_unix_pair();
	write_bytes(pair.peer, 1);
	checked(shutdown(pair.peer, SHUT_WR), "shutdown");
	const std::uint32_t state = readable | sendable | EPOLLRDHUP;

	for (unsigned number = 0; number < 14; ++number) {
		const std::uint32_t bit = 1U << number;
		const event_set set = create();
		ASSERT_THAT(set.add(pair.ours, bit), succeeds());
		const delivery got = set.wait();
		if ((state & bit) != 0)
			EXPECT_THAT(got, delivers({{bit, pair.ours}}));
		else
			EXPECT_THAT(got, delivers_nothing()) << "bit " << number;
	}
}

// behaviours: 46
TEST_P(EventMasks, know_the_bits_of_normal_data)
{
	const event_set set = create();
	const socket_ends pair = make_unix_pair();
	write_bytes(pair.peer, 1);

	ASSERT_THAT(set.add(pair.ours, EPOLLRDNORM | EPOLLWRNORM), succeeds());

	EXPECT_THAT(set.wait(), delivers({{0x140, pair.ours}}));
}

// behaviours: 46
TEST_P(EventMasks, never_hold_a_bit_that_is_not_an_event)
{
	const unique_fd counter = make_eventfd(1);

	for (const std::uint32_t extra : {std::uint32_t{EPOLLET}, std::uint32_t{EPOLLONESHOT},
					  uring_wake, unknown_bits}) {
		const event_set set = create();
		ASSERT_THAT(set.add(counter, EPOLLIN | extra), succeeds());
		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}})) << std::hex << extra;
	}
}

// behaviours: 47
TEST_P(EventMasks, show_an_unconnected_tcp_socket_as_writable_and_hung_up)
{
	const event_set set = create();
	const unique_fd tcp{checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")};

	ASSERT_THAT(set.add(tcp, EPOLLIN | EPOLLOUT), succeeds());

	EXPECT_THAT(set.wait(), delivers({{EPOLLOUT | EPOLLHUP, tcp}}));
}

// behaviours: 48
TEST_P(EventMasks, ignore_what_came_and_went_before_the_wait)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());

	signal_eventfd(counter);
	take_eventfd(counter);

	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 43, 48
TEST_P(EventMasks, of_what_came_and_went_show_what_is_left)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLOUT | EPOLLET), succeeds());
	ASSERT_THAT(set.wait(), delivers({{EPOLLOUT, counter}}));

	signal_eventfd(counter);
	take_eventfd(counter);

	EXPECT_THAT(set.wait(), delivers({{EPOLLOUT, counter}}));
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 48
TEST_P(EventMasks, let_a_wake_for_other_events_pass)
{
	const event_set set = create();
	const socket_ends pair = make_unix_pair();
	ASSERT_THAT(set.add(pair.ours, EPOLLOUT | EPOLLET), succeeds());
	ASSERT_THAT(set.wait(), delivers({{EPOLLOUT, pair.ours}}));
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());

	write_bytes(pair.peer, 1);

	EXPECT_TRUE(sleeper.still_asleep());
}

// behaviours: 48
TEST_P(EventMasks, take_a_wake_without_a_key_for_any_event)
{
	const event_set set = create();
	pipe_ends pipe = make_pipe();
	// Closing the last writer causes a wakeup without a key.
	ASSERT_THAT(set.add(pipe.reader, EPOLLPRI | EPOLLET), succeeds());
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());

	pipe.writer.close();

	EXPECT_THAT(sleeper.result(), delivers({{EPOLLHUP, pipe.reader}}));
}

} // namespace
