// SPDX-License-Identifier: GPL-2.0-only
// A program that was built with version 1 of the interface runs on every later module.
#include "support/backend.hpp"
#include "support/event_set.hpp"
#include "support/fd.hpp"
#include "support/matchers.hpp"
#include "support/signals.hpp"
#include "support/suite.hpp"
#include "support/targets.hpp"

#include <fcntl.h>
#include <linux/ioctl.h>
#include <linux/types.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>

// Instead of the current header, which test.hpp includes. In a namespace, because the test support is built with the
// current one, whose structs have the same names and other fields; what the header itself includes is included above.
namespace first {
#include "../../uapi/released/1/linux/myepoll.h"
}

using namespace support;
using namespace first;

namespace {

static_assert(MYEPOLL_ABI_VERSION == 1);

class FirstAbi : public device_test {
protected:
	unique_fd create(__u32 flags = MYEPOLL_CREATE_CLOEXEC) const
	{
		const myepoll_create argument{.flags = flags, .pad = 0};
		return unique_fd{checked(static_cast<int>(raw::ioctl(device(), MYEPOLL_IOC_CREATE, &argument)),
					 "MYEPOLL_IOC_CREATE")};
	}
	static long ctl(int set, __s32 op, int target, std::uint32_t mask = 0, std::uint64_t data = 0)
	{
		const epoll_event event{.events = mask, .data = {.u64 = data}};
		const myepoll_ctl argument{.op = op, .fd = target, .event = address(&event)};
		return raw::ioctl(set, MYEPOLL_IOC_CTL, &argument);
	}
	static delivery wait(int set, __s64 timeout_ns = 0, const sigset_t* mask = nullptr)
	{
		std::array<epoll_event, 4> events{};
		const myepoll_wait argument{
			.events = address(events.data()),
			.maxevents = events.size(),
			.flags = 0,
			.timeout_ns = timeout_ns,
			.sigmask = address(mask),
			.sigsetsize = kernel_sigset_size,
			.pad = 0,
		};
		delivery got{.result = raw::ioctl(set, MYEPOLL_IOC_WAIT, &argument), .events = {}};
		for (int i = 0; i < got.result; ++i) {
			const epoll_event one = events.at(static_cast<std::size_t>(i));
			got.events.push_back({one.events, std::uint64_t{one.data.u64}});
		}
		return got;
	}
};

// Not the features nor what was reserved: later versions fill in both.
TEST_F(FirstAbi, info_has_a_version_not_before_the_first_and_the_size_of_events)
{
	myepoll_info info{};

	ASSERT_THAT(raw::ioctl(device(), MYEPOLL_IOC_INFO, &info), returns(0));

	EXPECT_GE(info.abi_version, 1U);
	EXPECT_EQ(info.event_size, sizeof(epoll_event));
}

TEST_F(FirstAbi, creates_instances_with_and_without_close_on_exec)
{
	EXPECT_EQ(fcntl(create(MYEPOLL_CREATE_CLOEXEC), F_GETFD), FD_CLOEXEC);
	EXPECT_EQ(fcntl(create(0), F_GETFD), 0);
}

TEST_F(FirstAbi, adds_modifies_and_removes_a_target)
{
	constexpr std::uint64_t first_data = 0x0123456789abcdef;
	constexpr std::uint64_t second_data = 0xfedcba9876543210;
	const unique_fd set = create();
	const unique_fd counter = make_eventfd(1);

	ASSERT_THAT(ctl(set, MYEPOLL_CTL_ADD, counter, EPOLLIN, first_data), returns(0));
	EXPECT_THAT(wait(set), delivers({{EPOLLIN, first_data}}));

	ASSERT_THAT(ctl(set, MYEPOLL_CTL_MOD, counter, EPOLLOUT, second_data), returns(0));
	EXPECT_THAT(wait(set), delivers({{EPOLLOUT, second_data}}));

	ASSERT_THAT(ctl(set, MYEPOLL_CTL_DEL, counter), returns(0));
	EXPECT_THAT(wait(set), delivers_nothing());
	EXPECT_THAT(ctl(set, MYEPOLL_CTL_DEL, counter), fails_with(ENOENT));
}

TEST_F(FirstAbi, waits_for_nanoseconds)
{
	const unique_fd set = create();
	const auto start = std::chrono::steady_clock::now();

	EXPECT_THAT(wait(set, 20'000'000), delivers_nothing());

	EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
}

TEST_F(FirstAbi, waits_with_another_signal_mask)
{
	const unique_fd set = create();
	const signal_counter handled{SIGUSR1};
	const sigset_t none = signal_set({});
	block_signals({SIGUSR1});
	raise(SIGUSR1);

	EXPECT_THAT(wait(set), delivers_nothing());
	EXPECT_EQ(handled.count(), 0);
	EXPECT_THAT(wait(set, -1, &none), fails_with(EINTR));
	EXPECT_EQ(handled.count(), 1);
}

} // namespace
