/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The structs of MYEPOLL_IOC_SNAPSHOT, for tools. Part of <linux/myepoll.h>, which includes it.
 */
#ifndef _UAPI_LINUX_MYEPOLL_SNAPSHOT_H
#define _UAPI_LINUX_MYEPOLL_SNAPSHOT_H

#include <linux/types.h>

/** MYEPOLL_SNAPSHOT_MAX - most items, and most sleepers, that one SNAPSHOT returns */
#define MYEPOLL_SNAPSHOT_MAX 256

/** MYEPOLL_ITEM_READY - the item is on the ready list */
#define MYEPOLL_ITEM_READY 1
/** MYEPOLL_ITEM_DISABLED - a ONESHOT item that has fired and was not modified since */
#define MYEPOLL_ITEM_DISABLED 2
/** MYEPOLL_ITEM_RED - the item's node in the tree is red; only if the set has one page */
#define MYEPOLL_ITEM_RED 4
/** MYEPOLL_ITEM_POSTED - an event of the item is on the ring, and was not taken yet */
#define MYEPOLL_ITEM_POSTED 8

/** MYEPOLL_SNAPSHOT_WHOLE - the page has all items: position, parent and colour are known */
#define MYEPOLL_SNAPSHOT_WHOLE 1

/**
 * struct myepoll_item - one watched target, in a SNAPSHOT
 * @item: a number for the item, as in trace events; not used for another one
 * @data: what the program gave
 * @events: the interest; without the bits of readiness if @flags has MYEPOLL_ITEM_DISABLED
 * @fd: the descriptor it was added under
 * @flags: MYEPOLL_ITEM_*
 * @hooks: on how many wait queues of its target it is
 * @position: on the ready list, from 1; 0 if it is not there, or unknown
 * @parent: of its node in the tree: an index into this page, -1 for the root, or if unknown. Items
 *	are in the order of the tree, so a left child has a smaller index than its parent.
 */
struct myepoll_item {
	__aligned_u64 item;
	__aligned_u64 data;
	__u32 events;
	__s32 fd;
	__u32 flags;
	__u32 hooks;
	__u32 position;
	__s32 parent;
};

/**
 * struct myepoll_sleeper - a thread that sleeps in WAIT, in a SNAPSHOT
 * @asleep_ms: for how long, in milliseconds, as exact as the kernel's tick
 * @thread: its id in the pid namespace of the caller; 0 if it has none there
 * @pad: written as 0
 */
struct myepoll_sleeper {
	__aligned_u64 asleep_ms;
	__s32 thread;
	__u32 pad;
};

/**
 * struct myepoll_counters - what has happened to an instance since it was made, in a SNAPSHOT
 * @callbacks: wakeups of targets
 * @queued: items that came on the ready list, or during a scan on the overflow list
 * @overflowed: of these, on the overflow list
 * @already_queued: items found ready that were queued already
 * @disabled: wakeups of ONESHOT items that had fired
 * @waits: WAITs that scanned or slept; one that finds nothing and need not wait is not counted
 * @sleeps: how often a WAIT went to sleep
 * @woken_in_vain: sleepers that were woken, found nothing, and slept again
 * @polled: items polled by scans
 * @polled_in_vain: of these, not ready
 * @delivered: events
 * @edits: changes of the interest list
 */
struct myepoll_counters {
	__aligned_u64 callbacks;
	__aligned_u64 queued;
	__aligned_u64 overflowed;
	__aligned_u64 already_queued;
	__aligned_u64 disabled;
	__aligned_u64 waits;
	__aligned_u64 sleeps;
	__aligned_u64 woken_in_vain;
	__aligned_u64 polled;
	__aligned_u64 polled_in_vain;
	__aligned_u64 delivered;
	__aligned_u64 edits;
};

/**
 * struct myepoll_snapshot - argument of MYEPOLL_IOC_SNAPSHOT
 * @items: address of an array of struct myepoll_item with room for @items_room
 * @sleepers: address of an array of struct myepoll_sleeper with room for @sleepers_room
 * @items_room: at most MYEPOLL_SNAPSHOT_MAX; 0 to skip them
 * @sleepers_room: at most MYEPOLL_SNAPSHOT_MAX; 0 to skip them
 * @cursor: 0 for the first page, else as the page before returned it; returned as 0 with the last
 *	page. An item that is watched from the first page to the last is in exactly one.
 * @flags: 0; returned as MYEPOLL_SNAPSHOT_WHOLE or 0
 * @pad: must be 0
 * @instance: returned: the number of the instance
 * @change: returned: the change number of its lists, as in trace events, when the page was read
 * @items_count: returned: items in this page
 * @sleepers_count: returned: sleepers in this page, those that will be woken first
 * @watches: returned: items of the instance
 * @pad2: returned as 0
 * @counters: returned
 */
struct myepoll_snapshot {
	__aligned_u64 items;
	__aligned_u64 sleepers;
	__u32 items_room;
	__u32 sleepers_room;
	__aligned_u64 cursor[2];
	__u32 flags;
	__u32 pad;
	__aligned_u64 instance;
	__aligned_u64 change;
	__u32 items_count;
	__u32 sleepers_count;
	__u32 watches;
	__u32 pad2;
	struct myepoll_counters counters;
};

#endif /* _UAPI_LINUX_MYEPOLL_SNAPSHOT_H */
