/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The ioctl interface of /dev/myepoll.
 *
 * Open the device, CREATE an instance, close the device: the instance is a file of its own.
 * CTL, WAIT, CHANGE and RING are calls on the instance, CREATE on the device, INFO on either. All
 * structs have the same layout for 32-bit and 64-bit callers. Padding must be zero and unknown
 * flags must be clear, or the call fails with EINVAL; a struct that has been released is never
 * changed.
 *
 * Events are the platform's own struct epoll_event (<linux/eventpoll.h> or <sys/epoll.h>):
 * packed to 12 bytes on x86-64.
 */
#ifndef _UAPI_LINUX_MYEPOLL_H
#define _UAPI_LINUX_MYEPOLL_H

#include <linux/ioctl.h>
#include <linux/myepoll_ring.h>
#include <linux/myepoll_snapshot.h>
#include <linux/types.h>

/** MYEPOLL_ABI_VERSION - what INFO reports in abi_version; grows with every addition */
#define MYEPOLL_ABI_VERSION 5

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

/**
 * MYEPOLL_WAIT_RING - return 0 also as soon as the ring has an event whose sequence number is not
 * before @pad: the head of a consumer that found the ring empty. Needed on an instance whose ring
 * has slots, unless timeout_ns is 0.
 */
#define MYEPOLL_WAIT_RING 2

/** MYEPOLL_CHANGE_SET - op of a CHANGE only: MOD if the target is watched, else ADD */
#define MYEPOLL_CHANGE_SET 4
/** MYEPOLL_CHANGE_DROP - op of a CHANGE only: DEL if the target is watched, else nothing */
#define MYEPOLL_CHANGE_DROP 5

/**
 * MYEPOLL_ENTRY_RING - flag of an entry of a CHANGE, for ADD, MOD and SET: events of the target may
 * go through the ring. They do if the interest has EPOLLET, has neither EPOLLPRI nor bands, and the
 * target is no instance; else, and where the ring is full, WAIT delivers them as ever.
 */
#define MYEPOLL_ENTRY_RING 1

/** MYEPOLL_CHANGE_MAX - most entries of a CHANGE */
#define MYEPOLL_CHANGE_MAX 65536

/** MYEPOLL_CHANGE_STOP_AT_ERROR - try no more entries after one that failed */
#define MYEPOLL_CHANGE_STOP_AT_ERROR 1
/** MYEPOLL_CHANGE_NO_SLEEP_AFTER_ERROR - if an entry failed, only look what is ready */
#define MYEPOLL_CHANGE_NO_SLEEP_AFTER_ERROR 2

/** MYEPOLL_FEATURE_SNAPSHOT - bit of INFO's features: the module knows MYEPOLL_IOC_SNAPSHOT */
#define MYEPOLL_FEATURE_SNAPSHOT 1
/** MYEPOLL_FEATURE_CHANGE - bit of INFO's features: the module knows MYEPOLL_IOC_CHANGE */
#define MYEPOLL_FEATURE_CHANGE 2
/** MYEPOLL_FEATURE_RING - bit of INFO's features: the module knows MYEPOLL_IOC_RING */
#define MYEPOLL_FEATURE_RING 4

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
 * @maxevents: most events to return, 1 to INT_MAX / sizeof(struct epoll_event); or 0 with
 *	MYEPOLL_WAIT_RING, to return 0 as soon as there are events
 * @flags: MYEPOLL_WAIT_TIMESPEC, MYEPOLL_WAIT_RING
 * @timeout_ns: how long to wait, in nanoseconds of CLOCK_MONOTONIC: negative to wait for ever, 0
 *	not to wait; a deadline too far away to be represented means for ever
 * @sigmask: address of the signal mask during the wait, or 0 to keep the caller's
 * @sigsetsize: size of the mask at @sigmask in bytes, 8; ignored when @sigmask is 0
 * @pad: see MYEPOLL_WAIT_RING; else must be 0
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
 * struct myepoll_change_entry - one change of a CHANGE
 * @op: MYEPOLL_CTL_ADD, MYEPOLL_CTL_MOD, MYEPOLL_CTL_DEL, MYEPOLL_CHANGE_SET or MYEPOLL_CHANGE_DROP
 * @fd: the target
 * @events: the interest, as in struct epoll_event; ignored by DEL and DROP
 * @flags: MYEPOLL_ENTRY_RING or 0; with DEL and DROP it means nothing
 * @data: returned in each of the target's events; ignored by DEL and DROP
 * @result: returned: 0, or a negative errno as CTL would fail with, -EINVAL for flags and padding.
 *	Written only if it differs from what is there: an array whose results are 0 may be constant
 *	as long as no entry fails.
 * @pad: must be 0
 */
struct myepoll_change_entry {
	__s32 op;
	__s32 fd;
	__u32 events;
	__u32 flags;
	__aligned_u64 data;
	__s32 result;
	__u32 pad;
};

/**
 * struct myepoll_change - argument of MYEPOLL_IOC_CHANGE
 * @entries: address of an array of @count struct myepoll_change_entry
 * @count: 1 to MYEPOLL_CHANGE_MAX
 * @flags: MYEPOLL_CHANGE_STOP_AT_ERROR, MYEPOLL_CHANGE_NO_SLEEP_AFTER_ERROR
 * @tried: returned, also if the call fails: how many entries were applied or failed, the first
 *	ones; 0 if an error comes before the first
 * @pad: must be 0
 * @wait: how to wait after the last entry, as in MYEPOLL_IOC_WAIT; without MYEPOLL_WAIT_RING, if
 *	maxevents is 0, there is no wait, flags and pad must be valid, and the rest is ignored
 */
struct myepoll_change {
	__aligned_u64 entries;
	__u32 count;
	__u32 flags;
	__u32 tried;
	__u32 pad;
	struct myepoll_wait wait;
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
 * who created the instance); ENOMEM; EINVAL (too many wakeup paths from one target, or
 * EPOLLEXCLUSIVE or EPOLLWAKEUP on an instance with a ring).
 */
#define MYEPOLL_IOC_CTL _IOW(MYEPOLL_IOC_MAGIC, 2, struct myepoll_ctl)

/**
 * MYEPOLL_IOC_WAIT - wait for events; on an instance
 *
 * Return: number of events written, 0 at the deadline. Errors: EINVAL (flags, padding, timespec,
 * sigsetsize, maxevents; MYEPOLL_WAIT_RING without a ring, or its lack where it is needed); EFAULT
 * (argument, timespec, mask, or no event could be written); EINTR (a signal; never restarted, and
 * possible without a signal, as with epoll).
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

/**
 * MYEPOLL_IOC_CHANGE - apply many changes in one call, then wait; on an instance
 *
 * Applies the entries in order, each like a CTL, and goes on after one that fails. Then waits like
 * WAIT, if there is room for events. Only a fatal signal ends the call between entries; any other
 * can interrupt the wait.
 *
 * Return: number of events written, 0 without a wait. Errors before the first entry, with nothing
 * changed: EFAULT; EINVAL (flags, padding, no entry, or as WAIT); E2BIG (too many entries). Errors
 * after @tried entries: EFAULT (the next cannot be read, or a result cannot be written: there is no
 * wait); EINTR (a fatal signal: likewise); EFAULT and EINTR of the wait.
 */
#define MYEPOLL_IOC_CHANGE _IOWR(MYEPOLL_IOC_MAGIC, 5, struct myepoll_change)

/**
 * MYEPOLL_IOC_RING - give an instance its ring, once, before it watches anything; on an instance
 *
 * Return: a descriptor to map, see <linux/myepoll_ring.h>. It keeps the memory, not the instance.
 * Errors: EFAULT; EINVAL (slots, flags, padding); EEXIST (it has one); EBUSY (it watches something,
 * or a thread sleeps in it); ENOSPC (the limit of the user who created the instance); ENOMEM;
 * EMFILE; ENFILE.
 */
#define MYEPOLL_IOC_RING _IOW(MYEPOLL_IOC_MAGIC, 6, struct myepoll_ring)

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
__MYEPOLL_ASSERT(sizeof(struct myepoll_change_entry) == 32, "struct myepoll_change_entry is ABI");
__MYEPOLL_ASSERT(sizeof(struct myepoll_change) == 64, "struct myepoll_change is ABI");
__MYEPOLL_ASSERT(sizeof(struct myepoll_ring) == 16, "struct myepoll_ring is ABI");
__MYEPOLL_ASSERT(sizeof(struct myepoll_ring_header) == 8, "struct myepoll_ring_header is ABI");
__MYEPOLL_ASSERT(sizeof(struct myepoll_ring_slot) == 16, "struct myepoll_ring_slot is ABI");

#undef __MYEPOLL_ASSERT

#endif /* _UAPI_LINUX_MYEPOLL_H */
