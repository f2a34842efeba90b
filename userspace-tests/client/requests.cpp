// SPDX-License-Identifier: GPL-2.0-only
// What the library passes to the module, argument by argument; runs without the module.
#include "support/test.hpp"

#include "client/scripted_ioctl.hpp"

#include <myepoll/instance.hpp>

#include <climits>
#include <limits>

using myepoll::interest;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

namespace {

/** An instance whose requests are recorded instead of reaching the kernel. */
class Requests : public testing::Test {
protected:
	long answer(unsigned long number, void* argument)
	{
		request = number;
		if (number == MYEPOLL_IOC_CTL) {
			ctl = *static_cast<myepoll_ctl*>(argument);
			event = *reinterpret_cast<myepoll::event*>(ctl.event);
		} else if (number == MYEPOLL_IOC_WAIT) {
			wait = *static_cast<myepoll_wait*>(argument);
		}
		return result;
	}

	std::int64_t timeout_of(myepoll::instance::timeout limit)
	{
		set.wait(buffer, limit);
		return wait.timeout_ns;
	}

	unsigned long request = 0;
	myepoll_ctl ctl{};
	myepoll::event event{};
	myepoll_wait wait{};
	long result = 0;
	std::array<myepoll::event, 4> buffer{};
	myepoll::instance set{myepoll::file_descriptor{support::make_eventfd().release()}};
	scripted_ioctl module{[this](unsigned long number, void* argument) {
		return answer(number, argument);
	}};
};

TEST_F(Requests, add_passes_target_flags_and_data)
{
	set.add(7, interest::in | interest::edge, 0xfedcba9876543210);

	EXPECT_EQ(request, MYEPOLL_IOC_CTL);
	EXPECT_EQ(ctl.op, MYEPOLL_CTL_ADD);
	EXPECT_EQ(ctl.fd, 7);
	EXPECT_EQ(interest{event.ready}, interest::in | interest::edge);
	EXPECT_EQ(std::uint64_t{event.data}, 0xfedcba9876543210);
}

TEST_F(Requests, modify_passes_target_flags_and_data)
{
	set.modify(8, interest::out | interest::oneshot, 3);

	EXPECT_EQ(request, MYEPOLL_IOC_CTL);
	EXPECT_EQ(ctl.op, MYEPOLL_CTL_MOD);
	EXPECT_EQ(ctl.fd, 8);
	EXPECT_EQ(interest{event.ready}, interest::out | interest::oneshot);
	EXPECT_EQ(std::uint64_t{event.data}, 3U);
}

TEST_F(Requests, remove_passes_the_target)
{
	set.remove(9);

	EXPECT_EQ(request, MYEPOLL_IOC_CTL);
	EXPECT_EQ(ctl.op, MYEPOLL_CTL_DEL);
	EXPECT_EQ(ctl.fd, 9);
}

TEST_F(Requests, wait_passes_the_buffer_and_nothing_else)
{
	set.wait(buffer);

	EXPECT_EQ(request, MYEPOLL_IOC_WAIT);
	EXPECT_EQ(wait.events, reinterpret_cast<std::uintptr_t>(buffer.data()));
	EXPECT_EQ(wait.maxevents, 4);
	EXPECT_EQ(wait.flags, 0U);
	EXPECT_EQ(wait.sigmask, 0U);
	EXPECT_EQ(wait.pad, 0U);
}

TEST_F(Requests, wait_passes_the_mask_in_the_kernels_size)
{
	const sigset_t mask = support::signal_set({SIGUSR1});

	set.wait(buffer, 0ms, mask);

	EXPECT_EQ(wait.sigmask, reinterpret_cast<std::uintptr_t>(&mask));
	EXPECT_EQ(wait.sigsetsize, support::kernel_sigset_size);
	EXPECT_EQ(wait.timeout_ns, 0);
}

TEST_F(Requests, no_limit_is_for_ever_and_a_limit_never_is)
{
	EXPECT_LT(timeout_of(std::nullopt), 0);
	EXPECT_EQ(timeout_of(0ns), 0);
	EXPECT_EQ(timeout_of(-1ns), 0);
	EXPECT_EQ(timeout_of(nanoseconds::min()), 0);
}

TEST_F(Requests, limits_arrive_to_the_nanosecond)
{
	EXPECT_EQ(timeout_of(1ns), 1);
	EXPECT_EQ(timeout_of(5ms), 5'000'000);
	EXPECT_EQ(timeout_of(24h), 86'400'000'000'000);
	EXPECT_EQ(timeout_of(nanoseconds::max()), std::numeric_limits<std::int64_t>::max());
}

TEST_F(Requests, a_buffer_longer_than_the_module_takes_is_used_in_part)
{
	// Only its length matters: nothing is written to it.
	const std::span<myepoll::event> endless{buffer.data(), std::size_t{INT_MAX} + 1};

	set.wait(endless);

	EXPECT_EQ(wait.maxevents, static_cast<int>(INT_MAX / sizeof(myepoll::event)));
}

TEST_F(Requests, an_empty_buffer_is_left_to_the_module_to_refuse)
{
	set.wait({});
	EXPECT_EQ(wait.maxevents, 0);
}

TEST_F(Requests, wait_returns_the_filled_front_of_the_buffer)
{
	result = 3;
	const std::span<myepoll::event> ready = set.wait(buffer);
	EXPECT_EQ(ready.data(), buffer.data());
	EXPECT_EQ(ready.size(), 3U);

	result = 0;
	EXPECT_TRUE(set.wait(buffer, 1ms).empty());
}

} // namespace
