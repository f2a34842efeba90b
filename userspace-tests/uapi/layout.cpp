// SPDX-License-Identifier: GPL-2.0-only
// The binary interface, number by number: a change here breaks every existing program.
#include "support/test.hpp"

#include <cstddef>

namespace {

TEST(Layout, info_has_its_fields_where_they_were_released)
{
	EXPECT_EQ(sizeof(myepoll_info), 32U);
	EXPECT_EQ(offsetof(myepoll_info, abi_version), 0U);
	EXPECT_EQ(offsetof(myepoll_info, event_size), 4U);
	EXPECT_EQ(offsetof(myepoll_info, features), 8U);
	EXPECT_EQ(offsetof(myepoll_info, instance), 16U);
	EXPECT_EQ(offsetof(myepoll_info, reserved), 24U);
}

TEST(Layout, create_has_its_fields_where_they_were_released)
{
	EXPECT_EQ(sizeof(myepoll_create), 8U);
	EXPECT_EQ(offsetof(myepoll_create, flags), 0U);
	EXPECT_EQ(offsetof(myepoll_create, pad), 4U);
}

TEST(Layout, ctl_has_its_fields_where_they_were_released)
{
	EXPECT_EQ(sizeof(myepoll_ctl), 16U);
	EXPECT_EQ(offsetof(myepoll_ctl, op), 0U);
	EXPECT_EQ(offsetof(myepoll_ctl, fd), 4U);
	EXPECT_EQ(offsetof(myepoll_ctl, event), 8U);
}

TEST(Layout, wait_has_its_fields_where_they_were_released)
{
	EXPECT_EQ(sizeof(myepoll_wait), 40U);
	EXPECT_EQ(offsetof(myepoll_wait, events), 0U);
	EXPECT_EQ(offsetof(myepoll_wait, maxevents), 8U);
	EXPECT_EQ(offsetof(myepoll_wait, flags), 12U);
	EXPECT_EQ(offsetof(myepoll_wait, timeout_ns), 16U);
	EXPECT_EQ(offsetof(myepoll_wait, sigmask), 24U);
	EXPECT_EQ(offsetof(myepoll_wait, sigsetsize), 32U);
	EXPECT_EQ(offsetof(myepoll_wait, pad), 36U);
}

TEST(Layout, ioctl_numbers_are_as_released)
{
	EXPECT_EQ(MYEPOLL_IOC_INFO, 0x8020e900U);
	EXPECT_EQ(MYEPOLL_IOC_CREATE, 0x4008e901U);
	EXPECT_EQ(MYEPOLL_IOC_CTL, 0x4010e902U);
	EXPECT_EQ(MYEPOLL_IOC_WAIT, 0x4028e903U);
}

TEST(Layout, values_are_those_of_epoll)
{
	EXPECT_EQ(MYEPOLL_CREATE_CLOEXEC, EPOLL_CLOEXEC);
	EXPECT_EQ(MYEPOLL_CTL_ADD, EPOLL_CTL_ADD);
	EXPECT_EQ(MYEPOLL_CTL_DEL, EPOLL_CTL_DEL);
	EXPECT_EQ(MYEPOLL_CTL_MOD, EPOLL_CTL_MOD);
}

// behaviours: 22
TEST(Layout, event_is_the_packed_one_of_the_platform)
{
#if defined(__x86_64__) || defined(__i386__)
	EXPECT_EQ(sizeof(epoll_event), 12U);
	EXPECT_EQ(offsetof(epoll_event, data), 4U);
#else
	EXPECT_EQ(sizeof(epoll_event), 16U);
	EXPECT_EQ(offsetof(epoll_event, data), 8U);
#endif
}

} // namespace
