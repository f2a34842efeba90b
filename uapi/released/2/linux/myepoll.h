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
#define MYEPOLL_ABI_VERSION 2

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
 * struct myepoll_info - result of MYEPOLL_IOC_INFO
 * @abi_version: MYEPOLL_ABI_VERSION of the loaded module
 * @event_size: sizeof(struct epoll_event) in bytes, as the module reads and writes it
 * @features: optional features of the module, one bit each; none is defined yet, so 0
 * @reserved: written as 0
 */
struct myepoll_info {
	__u32 abi_version;
	__u32 event_size;
	__aligned_u64 features;
	__aligned_u64 reserved[2];
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

#ifdef __cplusplus
#define __MYEPOLL_ASSERT(cond, text) static_assert(cond, text)
#else
#define __MYEPOLL_ASSERT(cond, text) _Static_assert(cond, text)
#endif

__MYEPOLL_ASSERT(sizeof(struct myepoll_info) == 32, "struct myepoll_info is ABI");
__MYEPOLL_ASSERT(sizeof(struct myepoll_create) == 8, "struct myepoll_create is ABI");
__MYEPOLL_ASSERT(sizeof(struct myepoll_ctl) == 16, "struct myepoll_ctl is ABI");
__MYEPOLL_ASSERT(sizeof(struct myepoll_wait) == 40, "struct myepoll_wait is ABI");

#undef __MYEPOLL_ASSERT

#endif /* _UAPI_LINUX_MYEPOLL_H */
