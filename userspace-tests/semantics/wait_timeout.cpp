// SPDX-License-Identifier: GPL-2.0-only
// How long a wait lasts.
#include "support/test.hpp"

#include <sys/prctl.h>

#include <climits>

using namespace support;

namespace {

SEMANTICS_SUITE(WaitTimeout);

// behaviours: 76
TEST_P(WaitTimeout, zero_does_not_wait)
{
	const event_set set = create();
	epoll_event event{};
	EXPECT_THAT(set.wait(&event, 1, 0), returns(0));
	EXPECT_THAT(set.pwait2(&event, 1, 0, nullptr, 0), returns(0));
}

// behaviours: 76
TEST_P(WaitTimeout, negative_and_huge_milliseconds_wait_until_a_signal)
{
	const event_set set = create();
	for (const int timeout : {-1, -2, INT_MIN, INT_MAX}) {
		waiter sleeper{set, std::chrono::milliseconds{timeout}};
		EXPECT_TRUE(sleeper.falls_asleep()) << timeout;
		sleeper.interrupt();
		EXPECT_THAT(sleeper.result(), fails_with(EINTR)) << timeout;
	}
}

// behaviours: 76, 80
TEST_P(WaitTimeout, huge_nanoseconds_saturate)
{
	const event_set set = create();
	for (const std::int64_t timeout : {INT64_MAX, INT64_MAX - 1, INT64_C(-1)}) {
		long result = 0;
		helper_thread sleeper{[&] {
			epoll_event event{};
			result = set.pwait2(&event, 1, timeout, nullptr, 0);
		}};
		await([&] { return sleeper.finished() || asleep_in_wait(sleeper.state(), set.fd()); });
		EXPECT_FALSE(sleeper.finished()) << timeout;
		sleeper.interrupt();
		sleeper.join();
		EXPECT_THAT(result, fails_with(EINTR)) << timeout;
	}
}

// behaviours: 78
TEST_P(WaitTimeout, is_never_early)
{
	const event_set set = create();
	for (const auto timeout : {1ms, 2ms, 5ms, 20ms, 100ms})
		for (const unsigned long slack : {1UL, 50'000UL, 5'000'000UL}) {
			prctl(PR_SET_TIMERSLACK, slack);
			const stopwatch watch;
			EXPECT_THAT(set.wait(timeout), delivers_nothing());
			EXPECT_GE(watch.elapsed(), timeout);
		}
}

// behaviours: 78, 80
TEST_P(WaitTimeout, in_nanoseconds_is_never_early)
{
	const event_set set = create();
	epoll_event event{};
	for (const std::int64_t timeout : {1, 999, 50'000, 1'000'001, 10'000'000}) {
		const stopwatch watch;
		EXPECT_THAT(set.pwait2(&event, 1, timeout, nullptr, 0), returns(0));
		EXPECT_GE(watch.elapsed(), std::chrono::nanoseconds{timeout});
	}
}

// behaviours: 79
TEST_P(WaitTimeout, a_deadline_that_has_passed_ends_the_wait)
{
	const event_set set = create();
	epoll_event event{};
	for (int round = 0; round < 1'000; ++round)
		ASSERT_THAT(set.pwait2(&event, 1, 1, nullptr, 0), returns(0));
}

// behaviours: 83
TEST_P(WaitTimeout, an_event_beats_a_deadline_that_has_passed)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	epoll_event event{};
	for (int round = 0; round < 1'000; ++round)
		ASSERT_THAT(set.pwait2(&event, 1, 1, nullptr, 0), returns(1));
}

} // namespace
