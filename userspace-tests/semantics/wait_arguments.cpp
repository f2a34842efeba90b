// SPDX-License-Identifier: GPL-2.0-only
// Which errors a wait returns, and which one takes precedence.
#include "support/test.hpp"

#include <climits>

using namespace support;

namespace {

constexpr int most_events = INT_MAX / static_cast<int>(sizeof(epoll_event));

SEMANTICS_SUITE(WaitArguments);

// behaviours: 72
TEST_P(WaitArguments, maxevents_is_at_least_one_and_fits_the_address_space)
{
	const event_set set = create();
	// Not on the stack: from there, most_events events may reach past the end of the address space.
	static epoll_event event;
	for (const int good : {1, 2, most_events})
		EXPECT_THAT(set.wait(&event, good, 0), returns(0)) << good;
	for (const int bad : {0, -1, INT_MIN, most_events + 1, INT_MAX})
		EXPECT_THAT(set.wait(&event, bad, 0), fails_with(EINVAL)) << bad;
}

// behaviours: 73
TEST_P(WaitArguments, bad_maxevents_beats_a_bad_buffer)
{
	const event_set set = create();
	EXPECT_THAT(set.wait(kernel_pointer, 0, 0), fails_with(EINVAL));
}

// behaviours: 73
TEST_P(WaitArguments, a_bad_instance_beats_bad_maxevents_and_a_bad_buffer)
{
	epoll_event event{};
	EXPECT_THAT(raw::wait(GetParam(), -1, &event, 0, 0), fails_with(EBADF));
	EXPECT_THAT(raw::wait(GetParam(), -1, kernel_pointer, 1, 0), fails_with(EBADF));
}

// behaviours: 12, 73
TEST_P(WaitArguments, a_bad_instance_is_ebadf)
{
	epoll_event event{};
	for (const int bad : {-1, 499})
		EXPECT_THAT(raw::wait(GetParam(), bad, &event, 1, 0), fails_with(EBADF)) << bad;
}

// behaviours: 74
TEST_P(WaitArguments, the_buffer_is_checked_for_its_range_and_no_more)
{
	const event_set set = create();
	EXPECT_THAT(set.wait(nullptr, 1, 0), returns(0));
	EXPECT_THAT(set.wait(unmapped_pointer, 1, 0), returns(0));
	const long out_of_range = has_kernel_addresses ? -EFAULT : 0;
	EXPECT_THAT(set.wait(kernel_pointer, 1, 0), returns(out_of_range));
	EXPECT_THAT(set.wait(non_canonical_pointer, 1, 0), returns(out_of_range));
}

// behaviours: 75
TEST_P(WaitArguments, a_file_that_is_no_instance_is_einval)
{
	const pipe_ends ends = make_pipe();
	epoll_event event{};
	EXPECT_THAT(raw::wait(GetParam(), ends.reader, &event, 1, 0), fails_with(EINVAL));
}

// behaviours: 75
TEST_P(WaitArguments, a_bad_buffer_beats_a_file_that_is_no_instance)
{
	if (!has_kernel_addresses)
		GTEST_SKIP() << "every address of a 32-bit program is in range";
	const pipe_ends ends = make_pipe();
	EXPECT_THAT(raw::wait(GetParam(), ends.reader, kernel_pointer, 1, 0), fails_with(EFAULT));
}

// behaviours: 80, 81
TEST_P(WaitArguments, the_signal_mask_has_one_size)
{
	const event_set set = create();
	const sigset_t mask = signal_set({});
	epoll_event event{};
	for (const std::size_t bad : {0U, 4U, 7U, 9U, 16U, 128U}) {
		EXPECT_THAT(set.pwait(&event, 1, 0, &mask, bad), fails_with(EINVAL)) << bad;
		EXPECT_THAT(set.pwait2(&event, 1, 0, &mask, bad), fails_with(EINVAL)) << bad;
		EXPECT_THAT(set.pwait(&event, 1, 0, nullptr, bad), returns(0)) << bad;
		EXPECT_THAT(set.pwait2(&event, 1, 0, nullptr, bad), returns(0)) << bad;
	}
	EXPECT_THAT(set.pwait(&event, 1, 0, &mask, kernel_sigset_size), returns(0));
	EXPECT_THAT(set.pwait2(&event, 1, 0, &mask, kernel_sigset_size), returns(0));
}

// behaviours: 80, 81
TEST_P(WaitArguments, a_signal_mask_that_cannot_be_read_is_efault)
{
	const event_set set = create();
	const page_before_hole page;
	epoll_event event{};
	for (const void* const bad : {unmapped_pointer, kernel_pointer, non_canonical_pointer,
				      page.last_bytes(kernel_sigset_size - 1)}) {
		EXPECT_THAT(set.pwait(&event, 1, 0, bad, kernel_sigset_size), fails_with(EFAULT)) << bad;
		EXPECT_THAT(set.pwait2(&event, 1, 0, bad, kernel_sigset_size), fails_with(EFAULT)) << bad;
	}
}

// behaviours: 81
TEST_P(WaitArguments, errors_of_the_mask_beat_errors_of_the_wait)
{
	const event_set set = create();
	const sigset_t mask = signal_set({});
	epoll_event event{};
	EXPECT_THAT(set.pwait(&event, 0, 0, unmapped_pointer, kernel_sigset_size), fails_with(EFAULT));
	EXPECT_THAT(set.pwait(kernel_pointer, 1, 0, &mask, 4), fails_with(EINVAL));
	EXPECT_THAT(set.pwait(kernel_pointer, 0, 0, unmapped_pointer, 4), fails_with(EINVAL));
}

// behaviours: 81
TEST_P(WaitArguments, errors_of_the_mask_beat_a_bad_instance)
{
	const sigset_t mask = signal_set({});
	epoll_event event{};
	EXPECT_THAT(raw::pwait(GetParam(), -1, &event, 1, 0, &mask, 4), fails_with(EINVAL));
	EXPECT_THAT(raw::pwait(GetParam(), -1, &event, 1, 0, unmapped_pointer, kernel_sigset_size),
		    fails_with(EFAULT));
}

} // namespace
