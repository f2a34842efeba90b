/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The ioctl interface of /dev/myepoll.
 *
 * Open the device, CREATE an instance, close the device: the instance is a file of its own.
 * CTL and WAIT are calls on the instance, CREATE on the device, INFO on either. All structs have
 * the same layout for 32-bit and 64-bit callers. Padding must be zero and unknown flags must be
 * clear, or the call fails with EINVAL; a struct that has been released is never changed.
 *
 * Events are the platform's own struct epoll_event (<linux/eventpoll.h> or <sys/epoll.h>):
 * packed to 12 bytes on x86-64.
 */
#ifndef _UAPI_LINUX_MYEPOLL_H
#define _UAPI_LINUX_MYEPOLL_H

#include <linux/ioctl.h>
#include <linux/types.h>

/** MYEPOLL_ABI_VERSION - what INFO reports in abi_version; grows with every addition */
#define MYEPOLL_ABI_VERSION 3

/** MYEPOLL_CREATE_CLOEXEC - set close-on-exec on the new descriptor; same bit as O_CLOEXEC */
#define MYEPOLL_CREATE_CLOEXEC 02000000

/** MYEPOLL_CTL_ADD - start watching a target; the ops have the values of EPOLL_CTL_* */
#define MYEPOLL_CTL_ADD 1
/** MYEPOLL_CTL_DEL - stop watching a target */
#define MYEPOLL_CTL_DEL 2
/** MYEPOLL_CTL_MOD - change the mask and data of a watched target */
#define MYEPOLL_CTL_MOD 3

/**
 * MYEPOLL_WAIT_TIMESPEC - timeout_ns is the address of a struct __kernel_timespec, or 0 to wait
 * for ever, as in epoll_pwait2(2)
 */
#define MYEPOLL_WAIT_TIMESPEC 1

/** MYEPOLL_FEATURE_SNAPSHOT - bit of INFO's features: the module knows MYEPOLL_IOC_SNAPSHOT */
#define MYEPOLL_FEATURE_SNAPSHOT 1

/** MYEPOLL_SNAPSHOT_MAX - most items, and most sleepers, that one SNAPSHOT returns */
#define MYEPOLL_SNAPSHOT_MAX 256

/** MYEPOLL_ITEM_READY - the item is on the ready list */
#define MYEPOLL_ITEM_READY 1
/** MYEPOLL_ITEM_DISABLED - a ONESHOT item that has fired and was not modified since */
#define MYEPOLL_ITEM_DISABLED 2
/** MYEPOLL_ITEM_RED - the item's node in the tree is red; only if the set has one page */
#define MYEPOLL_ITEM_RED 4

/** MYEPOLL_SNAPSHOT_WHOLE - the page has all items: position, parent and colour are known */
#define MYEPOLL_SNAPSHOT_WHOLE 1

/**
 * struct myepoll_info - result of MYEPOLL_IOC_INFO
 * @abi_version: MYEPOLL_ABI_VERSION of the loaded module
 * @event_size: sizeof(struct epoll_event) in bytes, as the module reads and writes it
 * @features: optional features of the module, MYEPOLL_FEATURE_*
 * @instance: a number for the instance, never used again while the module is loaded; 0 on the
 *	device, and from modules before ABI version 3
 * @reserved: written as 0
 */
struct myepoll_info {
	__u32 abi_version;
	__u32 event_size;
	__aligned_u64 features;
	__aligned_u64 instance;
	__aligned_u64 reserved;
};

/**
 * struct myepoll_create - argument of MYEPOLL_IOC_CREATE
 * @flags: MYEPOLL_CREATE_CLOEXEC or 0
 * @pad: must be 0
 */
struct myepoll_create {
	__u32 flags;
	__u32 pad;
};

/**
 * struct myepoll_ctl - argument of MYEPOLL_IOC_CTL
 * @op: MYEPOLL_CTL_ADD, MYEPOLL_CTL_MOD or MYEPOLL_CTL_DEL
 * @fd: the target
 * @event: address of a struct epoll_event; not read by MYEPOLL_CTL_DEL
 */
struct myepoll_ctl {
	__s32 op;
	__s32 fd;
	__aligned_u64 event;
};

/**
 * struct myepoll_wait - argument of MYEPOLL_IOC_WAIT
 * @events: address of an array of struct epoll_event with room for @maxevents
 * @maxevents: most events to return, 1 to INT_MAX / sizeof(struct epoll_event)
 * @flags: MYEPOLL_WAIT_TIMESPEC or 0
 * @timeout_ns: how long to wait, in nanoseconds of CLOCK_MONOTONIC: negative to wait for ever, 0
 *	not to wait; a deadline too far away to be represented means for ever
 * @sigmask: address of the signal mask during the wait, or 0 to keep the caller's
 * @sigsetsize: size of the mask at @sigmask in bytes, 8; ignored when @sigmask is 0
 * @pad: must be 0
 */
struct myepoll_wait {
	__aligned_u64 events;
	__s32 maxevents;
	__u32 flags;
	__s64 timeout_ns;
	__aligned_u64 sigmask;
	__u32 sigsetsize;
	__u32 pad;
};

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

#define MYEPOLL_IOC_MAGIC 0xE9

/**
 * MYEPOLL_IOC_INFO - describe the loaded module; on the device or an instance
 *
 * To recognize an instance: INFO succeeds and CREATE fails with ENOTTY. On the device both succeed,
 * on any other file INFO fails.
 *
 * Return: 0. Errors: EFAULT.
 */
#define MYEPOLL_IOC_INFO _IOR(MYEPOLL_IOC_MAGIC, 0, struct myepoll_info)

/**
 * MYEPOLL_IOC_CREATE - create an instance; on the device
 *
 * Return: the lowest free file descriptor. Errors: EFAULT; EINVAL (unknown flag, padding);
 * EMFILE; ENFILE; ENOMEM.
 */
#define MYEPOLL_IOC_CREATE _IOW(MYEPOLL_IOC_MAGIC, 1, struct myepoll_create)

/**
 * MYEPOLL_IOC_CTL - add, change or remove a watched target; on an instance
 *
 * Return: 0. Errors, in the order of epoll_ctl(2): EFAULT; EBADF (target); EPERM (the target
 * cannot be polled); EINVAL (target is the instance itself, a mask that does not go with
 * EPOLLEXCLUSIVE, a MOD of an exclusive item); ELOOP (a cycle or too long a chain of instances, or
 * the target is a kernel epoll); EEXIST; ENOENT; EINVAL (unknown op); ENOSPC (the limit of the user
 * who created the instance); ENOMEM; EINVAL (too many wakeup paths from one target).
 */
#define MYEPOLL_IOC_CTL _IOW(MYEPOLL_IOC_MAGIC, 2, struct myepoll_ctl)

/**
 * MYEPOLL_IOC_WAIT - wait for events; on an instance
 *
 * Return: number of events written, 0 at the deadline. Errors: EINVAL (flags, padding, timespec,
 * sigsetsize, maxevents); EFAULT (argument, timespec, mask, or no event could be written); EINTR (a
 * signal; never restarted, and possible without a signal, as with epoll).
 */
#define MYEPOLL_IOC_WAIT _IOW(MYEPOLL_IOC_MAGIC, 3, struct myepoll_wait)

/**
 * MYEPOLL_IOC_SNAPSHOT - look at an instance, page by page; on an instance
 *
 * Changes nothing, and holds others up no longer than a CTL of MYEPOLL_SNAPSHOT_MAX targets would.
 *
 * Return: 0. Errors: EFAULT (argument or an array; nothing in the argument is changed); EINVAL (too
 * much room, flags, padding, a cursor of something else); ENOMEM; EINTR (a fatal signal).
 */
#define MYEPOLL_IOC_SNAPSHOT _IOWR(MYEPOLL_IOC_MAGIC, 4, struct myepoll_snapshot)

#ifdef __cplusplus
#define __MYEPOLL_ASSERT(cond, text) static_assert(cond, text)
#else
#define __MYEPOLL_ASSERT(cond, text) _Static_assert(cond, text)
#endif

__MYEPOLL_ASSERT(sizeof(struct myepoll_info) == 32, "struct myepoll_info is ABI");
__MYEPOLL_ASSERT(sizeof(struct myepoll_create) == 8, "struct myepoll_create is ABI");
__MYEPOLL_ASSERT(sizeof(struct myepoll_ctl) == 16, "struct myepoll_ctl is ABI");
__MYEPOLL_ASSERT(sizeof(struct myepoll_wait) == 40, "struct myepoll_wait is ABI");
__MYEPOLL_ASSERT(sizeof(struct myepoll_item) == 40, "struct myepoll_item is ABI");
__MYEPOLL_ASSERT(sizeof(struct myepoll_sleeper) == 16, "struct myepoll_sleeper is ABI");
__MYEPOLL_ASSERT(sizeof(struct myepoll_counters) == 96, "struct myepoll_counters is ABI");
__MYEPOLL_ASSERT(sizeof(struct myepoll_snapshot) == 176, "struct myepoll_snapshot is ABI");

#undef __MYEPOLL_ASSERT

#endif /* _UAPI_LINUX_MYEPOLL_H */
