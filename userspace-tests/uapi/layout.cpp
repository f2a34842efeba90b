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

TEST(Layout, item_has_its_fields_where_they_were_released)
{
	EXPECT_EQ(sizeof(myepoll_item), 40U);
	EXPECT_EQ(offsetof(myepoll_item, item), 0U);
	EXPECT_EQ(offsetof(myepoll_item, data), 8U);
	EXPECT_EQ(offsetof(myepoll_item, events), 16U);
	EXPECT_EQ(offsetof(myepoll_item, fd), 20U);
	EXPECT_EQ(offsetof(myepoll_item, flags), 24U);
	EXPECT_EQ(offsetof(myepoll_item, hooks), 28U);
	EXPECT_EQ(offsetof(myepoll_item, position), 32U);
	EXPECT_EQ(offsetof(myepoll_item, parent), 36U);
}

TEST(Layout, sleeper_has_its_fields_where_they_were_released)
{
	EXPECT_EQ(sizeof(myepoll_sleeper), 16U);
	EXPECT_EQ(offsetof(myepoll_sleeper, asleep_ms), 0U);
	EXPECT_EQ(offsetof(myepoll_sleeper, thread), 8U);
	EXPECT_EQ(offsetof(myepoll_sleeper, pad), 12U);
}

TEST(Layout, counters_have_their_fields_where_they_were_released)
{
	EXPECT_EQ(sizeof(myepoll_counters), 96U);
	EXPECT_EQ(offsetof(myepoll_counters, callbacks), 0U);
	EXPECT_EQ(offsetof(myepoll_counters, queued), 8U);
	EXPECT_EQ(offsetof(myepoll_counters, overflowed), 16U);
	EXPECT_EQ(offsetof(myepoll_counters, already_queued), 24U);
	EXPECT_EQ(offsetof(myepoll_counters, disabled), 32U);
	EXPECT_EQ(offsetof(myepoll_counters, waits), 40U);
	EXPECT_EQ(offsetof(myepoll_counters, sleeps), 48U);
	EXPECT_EQ(offsetof(myepoll_counters, woken_in_vain), 56U);
	EXPECT_EQ(offsetof(myepoll_counters, polled), 64U);
	EXPECT_EQ(offsetof(myepoll_counters, polled_in_vain), 72U);
	EXPECT_EQ(offsetof(myepoll_counters, delivered), 80U);
	EXPECT_EQ(offsetof(myepoll_counters, edits), 88U);
}

TEST(Layout, snapshot_has_its_fields_where_they_were_released)
{
	EXPECT_EQ(sizeof(myepoll_snapshot), 176U);
	EXPECT_EQ(offsetof(myepoll_snapshot, items), 0U);
	EXPECT_EQ(offsetof(myepoll_snapshot, sleepers), 8U);
	EXPECT_EQ(offsetof(myepoll_snapshot, items_room), 16U);
	EXPECT_EQ(offsetof(myepoll_snapshot, sleepers_room), 20U);
	EXPECT_EQ(offsetof(myepoll_snapshot, cursor), 24U);
	EXPECT_EQ(offsetof(myepoll_snapshot, flags), 40U);
	EXPECT_EQ(offsetof(myepoll_snapshot, pad), 44U);
	EXPECT_EQ(offsetof(myepoll_snapshot, instance), 48U);
	EXPECT_EQ(offsetof(myepoll_snapshot, change), 56U);
	EXPECT_EQ(offsetof(myepoll_snapshot, items_count), 64U);
	EXPECT_EQ(offsetof(myepoll_snapshot, sleepers_count), 68U);
	EXPECT_EQ(offsetof(myepoll_snapshot, watches), 72U);
	EXPECT_EQ(offsetof(myepoll_snapshot, pad2), 76U);
	EXPECT_EQ(offsetof(myepoll_snapshot, counters), 80U);
}

TEST(Layout, change_entry_has_its_fields_where_they_were_released)
{
	EXPECT_EQ(sizeof(myepoll_change_entry), 32U);
	EXPECT_EQ(offsetof(myepoll_change_entry, op), 0U);
	EXPECT_EQ(offsetof(myepoll_change_entry, fd), 4U);
	EXPECT_EQ(offsetof(myepoll_change_entry, events), 8U);
	EXPECT_EQ(offsetof(myepoll_change_entry, flags), 12U);
	EXPECT_EQ(offsetof(myepoll_change_entry, data), 16U);
	EXPECT_EQ(offsetof(myepoll_change_entry, result), 24U);
	EXPECT_EQ(offsetof(myepoll_change_entry, pad), 28U);
}

TEST(Layout, change_has_its_fields_where_they_were_released)
{
	EXPECT_EQ(sizeof(myepoll_change), 64U);
	EXPECT_EQ(offsetof(myepoll_change, entries), 0U);
	EXPECT_EQ(offsetof(myepoll_change, count), 8U);
	EXPECT_EQ(offsetof(myepoll_change, flags), 12U);
	EXPECT_EQ(offsetof(myepoll_change, tried), 16U);
	EXPECT_EQ(offsetof(myepoll_change, pad), 20U);
	EXPECT_EQ(offsetof(myepoll_change, wait), 24U);
}

TEST(Layout, ring_has_its_fields_where_they_were_released)
{
	EXPECT_EQ(sizeof(myepoll_ring), 16U);
	EXPECT_EQ(offsetof(myepoll_ring, slots), 0U);
	EXPECT_EQ(offsetof(myepoll_ring, flags), 4U);
	EXPECT_EQ(offsetof(myepoll_ring, pad), 8U);
}

TEST(Layout, ring_header_has_its_fields_where_they_were_released)
{
	EXPECT_EQ(sizeof(myepoll_ring_header), 8U);
	EXPECT_EQ(offsetof(myepoll_ring_header, state), 0U);
	EXPECT_EQ(offsetof(myepoll_ring_header, slots), 4U);
}

TEST(Layout, ring_slot_has_its_fields_where_they_were_released)
{
	EXPECT_EQ(sizeof(myepoll_ring_slot), 16U);
	EXPECT_EQ(offsetof(myepoll_ring_slot, word), 0U);
	EXPECT_EQ(offsetof(myepoll_ring_slot, data), 8U);
	EXPECT_EQ(MYEPOLL_RING_WORD(EPOLLIN, 7), 0x7'0000'0001U);
	EXPECT_EQ(MYEPOLL_RING_BYTES(65536), 1048576U);
}

TEST(Layout, ioctl_numbers_are_as_released)
{
	EXPECT_EQ(MYEPOLL_IOC_INFO, 0x8020e900U);
	EXPECT_EQ(MYEPOLL_IOC_CREATE, 0x4008e901U);
	EXPECT_EQ(MYEPOLL_IOC_CTL, 0x4010e902U);
	EXPECT_EQ(MYEPOLL_IOC_WAIT, 0x4028e903U);
	EXPECT_EQ(MYEPOLL_IOC_SNAPSHOT, 0xc0b0e904U);
	EXPECT_EQ(MYEPOLL_IOC_CHANGE, 0xc040e905U);
	EXPECT_EQ(MYEPOLL_IOC_RING, 0x4010e906U);
}

TEST(Layout, flags_are_as_released)
{
	EXPECT_EQ(MYEPOLL_WAIT_RING, 2);
	EXPECT_EQ(MYEPOLL_ENTRY_RING, 1);
	EXPECT_EQ(MYEPOLL_RING_WAIT, 1);
	EXPECT_EQ(MYEPOLL_RING_CLOSED, 2);
	EXPECT_EQ(MYEPOLL_RING_DEAD, 1U << 31);
	EXPECT_EQ(MYEPOLL_RING_MAX, 65536);
	EXPECT_EQ(MYEPOLL_ITEM_POSTED, 8);
}

TEST(Layout, values_are_those_of_epoll)
{
	EXPECT_EQ(MYEPOLL_RING_CLOEXEC, EPOLL_CLOEXEC);
	EXPECT_EQ(MYEPOLL_RING_EVENTS,
		  static_cast<__u32>(EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLRDNORM | EPOLLWRNORM));
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
