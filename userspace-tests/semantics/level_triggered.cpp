// SPDX-License-Identifier: GPL-2.0-only
// Level-triggered items: reported for as long as the target is ready.
#include "support/test.hpp"

using namespace support;

namespace {

SEMANTICS_SUITE(LevelTriggered);

// behaviours: 53
TEST_P(LevelTriggered, reports_until_drained)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(set.wait(), delivers_nothing());

	signal_eventfd(counter);

	for (int i = 0; i < 3; ++i)
		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
	take_eventfd(counter);
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 53
TEST_P(LevelTriggered, reports_what_a_partial_read_left)
{
	const event_set set = create();
	const pipe_ends pipe = make_pipe();
	ASSERT_THAT(set.add(pipe.reader, EPOLLIN), succeeds());
	write_bytes(pipe.writer, 2);

	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, pipe.reader}}));
	read_bytes(pipe.reader, 1);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, pipe.reader}}));
	read_bytes(pipe.reader, 1);
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 53
TEST_P(LevelTriggered, asks_the_target_again_at_each_wait)
{
	const event_set set = create();
	const socket_ends pair = make_unix_pair();
	ASSERT_THAT(set.add(pair.ours, EPOLLIN | EPOLLOUT), succeeds());

	EXPECT_THAT(set.wait(), delivers({{EPOLLOUT, pair.ours}}));
	write_bytes(pair.peer, 1);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN | EPOLLOUT, pair.ours}}));
	read_bytes(pair.ours, 1);
	EXPECT_THAT(set.wait(), delivers({{EPOLLOUT, pair.ours}}));
}

// behaviours: 53
TEST_P(LevelTriggered, reports_again_what_became_ready_again)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());

	for (int i = 0; i < 100; ++i) {
		signal_eventfd(counter);
		ASSERT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
		take_eventfd(counter);
		ASSERT_THAT(set.wait(), delivers_nothing());
	}
}

// behaviours: 53
TEST_P(LevelTriggered, never_blocks_while_the_target_is_ready)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());

	for (int i = 0; i < 100; ++i)
		ASSERT_THAT(set.wait(for_ever), delivers({{EPOLLIN, counter}}));
}

// behaviours: 61
TEST_P(LevelTriggered, wakes_every_sleeper_by_one_event)
{
	constexpr int sleepers = 4;
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	waiter_crowd crowd{set, sleepers};
	ASSERT_TRUE(crowd.all_asleep());

	signal_eventfd(counter);

	for (std::size_t i = 0; i < sleepers; ++i)
		EXPECT_THAT(crowd[i].result(), delivers({{EPOLLIN, counter}}));
}

// behaviours: 61
TEST_P(LevelTriggered, wakes_nobody_more_once_drained)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	signal_eventfd(counter);
	ASSERT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
	take_eventfd(counter);

	waiter sleeper{set};
	EXPECT_TRUE(sleeper.falls_asleep());

	signal_eventfd(counter);
	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, counter}}));
}

} // namespace
