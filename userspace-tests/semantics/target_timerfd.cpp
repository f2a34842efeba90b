// SPDX-License-Identifier: GPL-2.0-only
// timerfds as targets. They fire in a timer interrupt, not in a system call.
#include "support/test.hpp"
#include "support/watch.hpp"

#include <chrono>

using namespace support;

namespace {

SEMANTICS_SUITE(TargetTimerfd);

// Longer than any test runs.
constexpr std::chrono::hours never{1};

// behaviours: 43, 53, 54
TEST_P(TargetTimerfd, is_readable_from_its_expiry_until_it_is_read)
{
	const unique_fd timer = make_timerfd();
	const watch seen{GetParam(), timer, all_events};
	EXPECT_THAT(seen.now(), stays_at(0));

	arm_timerfd(timer, 1ms);
	EXPECT_THAT(seen.next(), wakes_with(EPOLLIN));
	EXPECT_THAT(seen.now(), stays_at(EPOLLIN));
	take_eventfd(timer);
	EXPECT_THAT(seen.now(), stays_at(0));
}

// behaviours: 43, 53, 54
TEST_P(TargetTimerfd, is_silent_before_its_expiry)
{
	const unique_fd timer = make_timerfd();
	const watch seen{GetParam(), timer, all_events};

	arm_timerfd(timer, never);

	EXPECT_THAT(seen.now(), stays_at(0));
}

// The callback runs in the timer interrupt.
// behaviours: 53, 152
TEST_P(TargetTimerfd, wakes_a_sleeper_and_not_too_early)
{
	constexpr std::chrono::milliseconds delay{50};
	const unique_fd timer = make_timerfd();
	const event_set set = create();
	ASSERT_THAT(set.add(timer, EPOLLIN), succeeds());

	const auto start = std::chrono::steady_clock::now();
	arm_timerfd(timer, delay);
	EXPECT_THAT(set.wait(for_ever), delivers({{EPOLLIN, timer}}));

	EXPECT_GE(std::chrono::steady_clock::now() - start, delay);
}

// behaviours: 54
TEST_P(TargetTimerfd, wakes_at_every_period_that_follows_a_read)
{
	const unique_fd timer = make_timerfd();
	const event_set set = create();
	ASSERT_THAT(set.add(timer, EPOLLIN | EPOLLET), succeeds());

	arm_timerfd(timer, 1ms, 1ms);

	for (int i = 0; i < 5; ++i) {
		EXPECT_THAT(set.wait(for_ever), delivers({{EPOLLIN, timer}}));
		take_eventfd(timer);
	}
}

// behaviours: 54
TEST_P(TargetTimerfd, wakes_once_for_all_periods_until_it_is_read)
{
	const unique_fd periodic = make_timerfd();
	const unique_fd later = make_timerfd();
	const event_set set = create();
	ASSERT_THAT(set.add(periodic, EPOLLIN | EPOLLET), succeeds());
	ASSERT_THAT(set.add(later, EPOLLIN | EPOLLET), succeeds());

	arm_timerfd(periodic, 1ms, 1ms);
	ASSERT_THAT(set.wait(for_ever), delivers({{EPOLLIN, periodic}}));
	arm_timerfd(later, 20ms);

	EXPECT_THAT(set.wait(for_ever), delivers({{EPOLLIN, later}}));
	EXPECT_GE(take_eventfd(periodic), 20U);
}

// behaviours: 43, 53, 54
TEST_P(TargetTimerfd, forgets_an_expiry_when_it_is_armed_again)
{
	const unique_fd timer = make_timerfd();
	const watch seen{GetParam(), timer, EPOLLIN};
	arm_timerfd(timer, 1ms);
	ASSERT_THAT(seen.next(), wakes_with(EPOLLIN));

	arm_timerfd(timer, never);
	EXPECT_THAT(seen.now(), stays_at(0));
	arm_timerfd(timer, 1ms);
	EXPECT_THAT(seen.next(), wakes_with(EPOLLIN));
}

// behaviours: 43, 53, 54
TEST_P(TargetTimerfd, forgets_an_expiry_when_it_is_disarmed)
{
	const unique_fd timer = make_timerfd();
	const watch seen{GetParam(), timer, EPOLLIN};
	arm_timerfd(timer, 1ms);
	ASSERT_THAT(seen.next(), wakes_with(EPOLLIN));

	arm_timerfd(timer, 0ms);

	EXPECT_THAT(seen.now(), stays_at(0));
}

} // namespace
