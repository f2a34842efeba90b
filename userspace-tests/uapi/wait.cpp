// SPDX-License-Identifier: GPL-2.0-only
// MYEPOLL_IOC_WAIT: every errno, in the order in which the checks are made.
#include "support/test.hpp"

#include <linux/time_types.h>

#include <climits>
#include <csignal>

using namespace support;

namespace {

constexpr int most_events = INT_MAX / static_cast<int>(sizeof(epoll_event));
constexpr __u32 kernel_sigset_size = 8;

class WaitIoctl : public device_test {
protected:
	// A valid call, which returns 0.
	myepoll_wait good() const
	{
		myepoll_wait argument{};
		argument.events = address(&event_);
		argument.maxevents = 1;
		argument.sigmask = address(&mask_);
		argument.sigsetsize = kernel_sigset_size;
		return argument;
	}
	static long wait(const event_set& set, const myepoll_wait& argument)
	{
		return raw::ioctl(set.fd(), MYEPOLL_IOC_WAIT, &argument);
	}

private:
	epoll_event event_{};
	sigset_t mask_{};
};

TEST_F(WaitIoctl, fails_with_efault_where_it_cannot_read_its_argument)
{
	const event_set set = create();
	const page_before_hole page;
	for (const void* const bad : {static_cast<void*>(nullptr), unmapped_pointer, kernel_pointer,
				      non_canonical_pointer, page.last_bytes(sizeof(myepoll_wait) - 1)})
		EXPECT_THAT(raw::ioctl(set.fd(), MYEPOLL_IOC_WAIT, bad), fails_with(EFAULT)) << bad;
}

TEST_F(WaitIoctl, refuses_each_bit_of_flags_and_padding)
{
	const event_set set = create();
	ASSERT_THAT(wait(set, good()), returns(0));
	for (int bit = 0; bit < 32; ++bit) {
		myepoll_wait flagged = good();
		flagged.flags = (1U << bit) | (bit == 0 ? 2U : 0U); // bit 0 alone is a valid flag, bit 1 where there is a ring
		EXPECT_THAT(wait(set, flagged), fails_with(EINVAL)) << "bit " << bit;
		myepoll_wait padded = good();
		padded.pad = 1U << bit;
		EXPECT_THAT(wait(set, padded), fails_with(EINVAL)) << "bit " << bit;
	}
}

// behaviours: 72
TEST_F(WaitIoctl, bounds_maxevents)
{
	const event_set set = create();
	for (const auto& [maxevents, result] :
	     {std::pair{1, 0L}, {most_events, 0L}, {0, -EINVAL}, {-1, -EINVAL}, {INT_MIN, -EINVAL},
	      {most_events + 1, -EINVAL}, {INT_MAX, -EINVAL}}) {
		myepoll_wait argument = good();
		argument.maxevents = maxevents;
		EXPECT_THAT(wait(set, argument), returns(result)) << maxevents;
	}
}

// behaviours: 81
TEST_F(WaitIoctl, accepts_one_size_of_signal_set)
{
	const event_set set = create();
	for (const __u32 size : {0U, 1U, 4U, 7U, 9U, 16U, 128U, UINT_MAX}) {
		myepoll_wait argument = good();
		argument.sigsetsize = size;
		EXPECT_THAT(wait(set, argument), fails_with(EINVAL)) << size;
		argument.sigmask = 0;
		EXPECT_THAT(wait(set, argument), returns(0)) << "no mask, size " << size;
	}
}

struct bad_pointer_case {
	const char* what;
	const void* events;
	long result;
};

// behaviours: 74
TEST_F(WaitIoctl, checks_the_range_of_the_event_buffer_even_when_idle)
{
	const event_set set = create();
	const long out_of_range = has_kernel_addresses ? -EFAULT : 0;
	const bad_pointer_case cases[] = {
		{"null", nullptr, 0},
		{"unmapped", unmapped_pointer, 0},
		{"kernel", kernel_pointer, out_of_range},
		{"non-canonical", non_canonical_pointer, out_of_range},
		{"end of the address space", reinterpret_cast<void*>(~std::uintptr_t{0}), out_of_range},
	};
	for (const bad_pointer_case& row : cases) {
		myepoll_wait argument = good();
		argument.events = address(row.events);
		EXPECT_THAT(wait(set, argument), returns(row.result)) << row.what;
	}
}

struct precedence_case {
	const char* what;
	void (*spoil)(myepoll_wait&);
	int error;
};

// behaviours: 10, 81
TEST_F(WaitIoctl, fails_by_the_first_check_that_fails)
{
	const event_set set = create();
	const precedence_case cases[] = {
		{"flags before the mask",
		 [](myepoll_wait& w) { w.flags = 4; w.sigmask = address(unmapped_pointer); }, EINVAL},
		{"size of the mask before its address",
		 [](myepoll_wait& w) { w.sigsetsize = 4; w.sigmask = address(unmapped_pointer); },
		 EINVAL},
		{"mask before maxevents",
		 [](myepoll_wait& w) { w.sigmask = address(unmapped_pointer); w.maxevents = 0; },
		 EFAULT},
		{"mask before the buffer",
		 [](myepoll_wait& w) { w.sigsetsize = 4; w.events = address(kernel_pointer); }, EINVAL},
		{"maxevents before the buffer",
		 [](myepoll_wait& w) { w.maxevents = 0; w.events = address(kernel_pointer); }, EINVAL},
	};
	for (const precedence_case& row : cases) {
		myepoll_wait argument = good();
		row.spoil(argument);
		EXPECT_THAT(wait(set, argument), fails_with(row.error)) << row.what;
	}
}

// behaviours: 76, 79
TEST_F(WaitIoctl, takes_its_timeout_in_nanoseconds)
{
	const event_set set = create();
	myepoll_wait argument = good();
	argument.timeout_ns = 1;
	EXPECT_THAT(wait(set, argument), returns(0));

	argument.timeout_ns = 20'000'000;
	const auto start = std::chrono::steady_clock::now();
	EXPECT_THAT(wait(set, argument), returns(0));
	EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
}

// behaviours: 76
TEST_F(WaitIoctl, takes_far_and_negative_timeouts_as_for_ever)
{
	const event_set set = create();
	for (const std::int64_t timeout : {INT64_MAX, INT64_MAX - 1, INT64_C(-1), INT64_MIN}) {
		long result = 0;
		helper_thread thread{[&] {
			myepoll_wait argument = good();
			argument.timeout_ns = timeout;
			result = wait(set, argument);
		}};
		await([&] { return thread.finished() || asleep_in_wait(thread.state(), set.fd()); });
		EXPECT_FALSE(thread.finished()) << timeout;
		thread.interrupt();
		thread.join();
		EXPECT_THAT(result, fails_with(EINTR)) << timeout;
	}
}

// behaviours: 80
TEST_F(WaitIoctl, reads_a_timespec_only_when_the_flag_says_so)
{
	const event_set set = create();
	const page_before_hole page;
	void* const last = page.last_bytes(sizeof(__kernel_timespec));
	myepoll_wait argument = good();
	argument.timeout_ns = static_cast<__s64>(address(last));
	argument.flags = MYEPOLL_WAIT_TIMESPEC;
	EXPECT_THAT(wait(set, argument), returns(0)) << "{0, 0}";

	argument.timeout_ns = static_cast<__s64>(address(page.last_bytes(sizeof(__kernel_timespec) - 1)));
	EXPECT_THAT(wait(set, argument), fails_with(EFAULT));
	argument.flags = 0;
	argument.timeout_ns = 1;
	EXPECT_THAT(wait(set, argument), returns(0)) << "a nanosecond";
}

// behaviours: 80, 81
TEST_F(WaitIoctl, checks_flags_and_padding_then_the_timespec_then_the_mask)
{
	const event_set set = create();
	const __kernel_timespec bad_time{0, 1'000'000'000};
	myepoll_wait argument = good();
	argument.flags = MYEPOLL_WAIT_TIMESPEC;
	argument.timeout_ns = static_cast<__s64>(address(unmapped_pointer));
	argument.pad = 1;
	EXPECT_THAT(wait(set, argument), fails_with(EINVAL));

	argument.pad = 0;
	argument.sigsetsize = 4;
	EXPECT_THAT(wait(set, argument), fails_with(EFAULT));
	argument.sigsetsize = kernel_sigset_size;
	argument.sigmask = address(unmapped_pointer);
	argument.timeout_ns = static_cast<__s64>(address(&bad_time));
	EXPECT_THAT(wait(set, argument), fails_with(EINVAL));
}

} // namespace
