// SPDX-License-Identifier: GPL-2.0-only
// The timeout of epoll_pwait2(2): a pointer to a timespec, with errors of its own.
#include "support/test.hpp"

#include <climits>
#include <ctime>

using namespace support;

namespace {

constexpr long second_in_ns = 1'000'000'000;

class WaitTimespec : public semantics_test {
protected:
	// A wait with room for one event and no signal mask.
	long wait(const event_set& set, const void* timeout) const
	{
		epoll_event event{};
		return raw::pwait2_timespec(GetParam(), set.fd(), &event, 1, timeout, nullptr, 0);
	}
	long wait(const event_set& set, const timespec& timeout) const { return wait(set, &timeout); }
};

SEMANTICS_INSTANCES(WaitTimespec);

// behaviours: 80
TEST_P(WaitTimespec, null_waits_for_an_event_and_zero_does_not)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	EXPECT_THAT(wait(set, timespec{0, 0}), returns(0));
	long result = 0;
	helper_thread thread{[&] { result = wait(set, nullptr); }};
	await([&] { return thread.finished() || asleep_in_wait(thread.state(), set.fd()); });
	EXPECT_FALSE(thread.finished());

	signal_eventfd(counter);

	thread.join();
	EXPECT_THAT(result, returns(1));
	EXPECT_THAT(wait(set, timespec{0, 0}), returns(1));
}

// behaviours: 78, 80
TEST_P(WaitTimespec, is_never_shortened)
{
	const event_set set = create();
	for (const timespec timeout : {timespec{0, 1}, timespec{0, 20'000'000}}) {
		const stopwatch clock;
		EXPECT_THAT(wait(set, timeout), returns(0));
		EXPECT_GE(clock.elapsed(), std::chrono::nanoseconds{timeout.tv_nsec});
	}
}

// behaviours: 76, 80
TEST_P(WaitTimespec, may_be_longer_than_any_clock)
{
	const event_set set = create();
	for (const timespec timeout :
	     {timespec{LONG_MAX, second_in_ns - 1}, timespec{LONG_MAX, 0},
	      timespec{LONG_MAX / second_in_ns, second_in_ns - 1}, timespec{INT_MAX, 0}}) {
		long result = 0;
		helper_thread thread{[&] { result = wait(set, timeout); }};
		await([&] { return thread.finished() || asleep_in_wait(thread.state(), set.fd()); });
		EXPECT_FALSE(thread.finished()) << timeout.tv_sec;
		thread.interrupt();
		thread.join();
		EXPECT_THAT(result, fails_with(EINTR)) << timeout.tv_sec;
	}
}

// behaviours: 80
TEST_P(WaitTimespec, must_be_a_time_even_when_an_event_is_ready)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	for (const timespec bad : {timespec{0, -1}, timespec{0, second_in_ns}, timespec{0, LONG_MAX},
				   timespec{0, LONG_MIN}, timespec{-1, 0}, timespec{-1, 5},
				   timespec{LONG_MIN, 0}})
		EXPECT_THAT(wait(set, bad), fails_with(EINVAL)) << bad.tv_sec << " " << bad.tv_nsec;
	EXPECT_THAT(wait(set, timespec{0, second_in_ns - 1}), returns(1));
}

// behaviours: 80
TEST_P(WaitTimespec, must_be_readable)
{
	const event_set set = create();
	const page_before_hole page;
	for (const void* const bad : {unmapped_pointer, kernel_pointer, non_canonical_pointer,
				      page.last_bytes(sizeof(timespec) - 1)})
		EXPECT_THAT(wait(set, bad), fails_with(EFAULT)) << bad;
	EXPECT_THAT(wait(set, page.last_bytes(sizeof(timespec))), returns(0));
}

struct two_errors {
	const char* what;
	const void* timeout;
	const void* mask;
	std::size_t mask_size;
	int maxevents;
	int error;
};

// behaviours: 80, 81
TEST_P(WaitTimespec, its_errors_come_before_those_of_the_mask_and_of_the_wait)
{
	const event_set set = create();
	const timespec invalid{-1, 0};
	const timespec zero{};
	const sigset_t mask{};
	const two_errors rows[] = {
		{"unreadable time, mask of the wrong size", unmapped_pointer, &mask, 4, 1, EFAULT},
		{"unreadable time, maxevents 0", unmapped_pointer, nullptr, 0, 0, EFAULT},
		{"invalid time, unreadable mask", &invalid, unmapped_pointer, kernel_sigset_size, 1,
		 EINVAL},
		{"invalid time, no mask", &invalid, nullptr, 0, 1, EINVAL},
		{"unreadable mask, maxevents 0", &zero, unmapped_pointer, kernel_sigset_size, 0, EFAULT},
		{"mask of the wrong size, maxevents 0", &zero, unmapped_pointer, 4, 0, EINVAL},
	};
	epoll_event event{};
	for (const two_errors& row : rows)
		EXPECT_THAT(raw::pwait2_timespec(GetParam(), set.fd(), &event, row.maxevents,
						 row.timeout, row.mask, row.mask_size),
			    fails_with(row.error))
			<< row.what;
}

// behaviours: 80, 81
TEST_P(WaitTimespec, its_errors_leave_the_signal_mask_alone)
{
	const event_set set = create();
	block_signals({SIGUSR1});
	const sigset_t none{};
	const timespec invalid{0, -1};
	epoll_event event{};

	EXPECT_THAT(raw::pwait2_timespec(GetParam(), set.fd(), &event, 1, &invalid, &none,
					 kernel_sigset_size),
		    fails_with(EINVAL));

	EXPECT_TRUE(is_blocked(SIGUSR1));
}

} // namespace
