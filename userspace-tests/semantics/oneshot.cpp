// SPDX-License-Identifier: GPL-2.0-only
// ONESHOT items: reported once, then disarmed until the next MOD.
#include "support/test.hpp"

using namespace support;

namespace {

SEMANTICS_SUITE(Oneshot);

// behaviours: 57
TEST_P(Oneshot, forgets_all_events_when_delivered)
{
	const unique_fd counter = make_eventfd(1);

	for (const std::uint32_t trigger : {0U, std::uint32_t{EPOLLET}}) {
		const event_set set = create();
		ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLPRI | EPOLLONESHOT | trigger), succeeds());
		ASSERT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
		EXPECT_EQ(mask_in_fdinfo(set.fd(), counter), EPOLLONESHOT | trigger);
	}
}

// behaviours: 57
TEST_P(Oneshot, keeps_its_events_until_then)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	const std::uint32_t interest = EPOLLIN | EPOLLPRI | EPOLLONESHOT;
	ASSERT_THAT(set.add(counter, interest), succeeds());

	signal_eventfd(counter);

	EXPECT_EQ(mask_in_fdinfo(set.fd(), counter), interest | EPOLLERR | EPOLLHUP);
}

// behaviours: 58
TEST_P(Oneshot, hears_nothing_once_delivered)
{
	const event_set set = create();
	socket_ends pair = make_unix_pair();
	ASSERT_THAT(set.add(pair.ours, EPOLLIN | EPOLLONESHOT), succeeds());
	write_bytes(pair.peer, 1);
	ASSERT_THAT(set.wait(), delivers({{EPOLLIN, pair.ours}}));

	EXPECT_THAT(set.wait(), delivers_nothing());
	write_bytes(pair.peer, 1);
	EXPECT_THAT(set.wait(), delivers_nothing());
	pair.peer.close();
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 58
TEST_P(Oneshot, wakes_no_sleeper_once_delivered)
{
	const event_set set = create();
	pipe_ends pipe = make_pipe();
	write_bytes(pipe.writer, 1);
	ASSERT_THAT(set.add(pipe.reader, EPOLLIN | EPOLLONESHOT), succeeds());
	ASSERT_THAT(set.wait(), delivers({{EPOLLIN, pipe.reader}}));
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());

	drain(pipe.reader);
	write_bytes(pipe.writer, 1);
	EXPECT_TRUE(sleeper.still_asleep());
	// This wakeup has no key.
	pipe.writer.close();
	EXPECT_TRUE(sleeper.still_asleep());
}

// behaviours: 58
TEST_P(Oneshot, stays_watched_once_delivered)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLONESHOT), succeeds());
	ASSERT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));

	EXPECT_THAT(set.add(counter, EPOLLIN), fails_with(EEXIST));
	EXPECT_THAT(set.del(counter), succeeds());
}

// behaviours: 58
TEST_P(Oneshot, is_armed_by_mod_which_looks_at_once)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLONESHOT), succeeds());

	for (int i = 0; i < 3; ++i) {
		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
		EXPECT_THAT(set.wait(), delivers_nothing());
		ASSERT_THAT(set.mod(counter, EPOLLIN | EPOLLONESHOT), succeeds());
	}
}

// behaviours: 58
TEST_P(Oneshot, armed_without_any_event_reports_a_hangup)
{
	const event_set set = create();
	socket_ends pair = make_unix_pair();
	ASSERT_THAT(set.add(pair.ours, EPOLLOUT | EPOLLONESHOT), succeeds());
	ASSERT_THAT(set.wait(), delivers({{EPOLLOUT, pair.ours}}));
	pair.peer.close();
	ASSERT_THAT(set.wait(), delivers_nothing());

	ASSERT_THAT(set.mod(pair.ours, EPOLLONESHOT), succeeds());

	EXPECT_THAT(set.wait(), delivers({{EPOLLHUP, pair.ours}}));
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 59
TEST_P(Oneshot, is_delivered_only_when_the_event_was_written)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLONESHOT), succeeds());

	for (int i = 0; i < 3; ++i)
		EXPECT_THAT(set.wait(nullptr, 1, 0), fails_with(EFAULT));

	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 59
TEST_P(Oneshot, that_did_not_fit_stays_armed)
{
	const event_set set = create();
	const unique_fd first = make_eventfd(1);
	const unique_fd second = make_eventfd(1);
	ASSERT_THAT(set.add(first, EPOLLIN | EPOLLONESHOT), succeeds());
	ASSERT_THAT(set.add(second, EPOLLIN | EPOLLONESHOT), succeeds());

	EXPECT_THAT(set.wait(0ms, 1), delivers({{EPOLLIN, first}}));
	EXPECT_THAT(set.wait(0ms, 1), delivers({{EPOLLIN, second}}));
	EXPECT_THAT(set.wait(0ms, 1), delivers_nothing());
}

// behaviours: 60
TEST_P(Oneshot, goes_to_one_of_many_sleepers)
{
	constexpr int sleepers = 4;
	const unique_fd counter = make_eventfd();

	for (const std::uint32_t trigger : {0U, std::uint32_t{EPOLLET}}) {
		const event_set set = create();
		ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLONESHOT | trigger), succeeds());
		waiter_crowd crowd{set, sleepers};
		ASSERT_TRUE(crowd.all_asleep());

		signal_eventfd(counter);

		crowd.await_returned(1);
		EXPECT_EQ(crowd.count_asleep(), sleepers - 1);
		take_eventfd(counter);
	}
}

// behaviours: 60
TEST_P(Oneshot, goes_to_one_sleeper_for_each_mod)
{
	constexpr int sleepers = 4;
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLONESHOT), succeeds());
	waiter_crowd crowd{set, sleepers};
	ASSERT_TRUE(crowd.all_asleep());

	for (int armed = 1; armed <= sleepers; ++armed) {
		ASSERT_THAT(set.mod(counter, EPOLLIN | EPOLLONESHOT), succeeds());
		crowd.await_returned(armed);
		EXPECT_EQ(crowd.count_asleep(), sleepers - armed);
	}
}

} // namespace
