/* SPDX-License-Identifier: GPL-2.0-only */
/* WAIT. */
#ifndef MYEPOLL_WAIT_H
#define MYEPOLL_WAIT_H

#include "eventpoll.h"

#include <linux/time_types.h>
#include <linux/uaccess.h>
#include <linux/myepoll.h>

long myep_wait(struct myep_eventpoll *ep, struct epoll_event __user *events, int maxevents,
	       s64 timeout_ns);
s64 myep_get_timespec(const struct __kernel_timespec __user *timespec);
int myep_get_sigmask(sigset_t *set, const sigset_t __user *mask, size_t size);
long myep_wait_masked(struct myep_eventpoll *ep, struct epoll_event __user *events, int maxevents,
		      s64 timeout_ns, sigset_t *mask);
int myep_check_ring_wait(const struct myep_eventpoll *ep, bool of_ring, s64 timeout_ns);
long myep_wait_ring(struct myep_eventpoll *ep, struct myepoll_wait wait, sigset_t *mask);

/* A thread that sleeps in WAIT, on its own stack. */
struct myep_sleeper {
	wait_queue_entry_t wait; /* (l) its .private is the task (i) */
	unsigned long since;	 /* (i) in jiffies */
};

/* Most events that a buffer can hold (behaviours: 72). */
#define MYEP_MAX_EVENTS (INT_MAX / sizeof(struct epoll_event))

/* Field by field, between user_access_begin() and user_access_end(). Return: false if it faults. */
static __always_inline bool myep_unsafe_get_wait(struct myepoll_wait *wait,
						 const struct myepoll_wait __user *arg)
{
	unsafe_get_user(wait->events, &arg->events, fault);
	unsafe_get_user(wait->maxevents, &arg->maxevents, fault);
	unsafe_get_user(wait->flags, &arg->flags, fault);
	unsafe_get_user(wait->timeout_ns, &arg->timeout_ns, fault);
	unsafe_get_user(wait->sigmask, &arg->sigmask, fault);
	unsafe_get_user(wait->sigsetsize, &arg->sigsetsize, fault);
	unsafe_get_user(wait->pad, &arg->pad, fault);
	return true;
fault:
	return false;
}

#define MYEP_WAIT_FLAGS (MYEPOLL_WAIT_TIMESPEC | MYEPOLL_WAIT_RING)

/* What myep_prepare_wait() does not look at. */
static inline int myep_check_wait_flags(const struct myepoll_wait *wait)
{
	if ((wait->flags & ~MYEP_WAIT_FLAGS) || (wait->pad && !(wait->flags & MYEPOLL_WAIT_RING)))
		return -EINVAL;
	return 0;
}

static inline int myep_check_room(const struct epoll_event __user *events, int maxevents)
{
	if (maxevents <= 0 || maxevents > MYEP_MAX_EVENTS)
		return -EINVAL;
	return access_ok(events, maxevents * sizeof(*events)) ? 0 : -EFAULT;
}

/**
 * myep_prepare_wait() - read what the argument of a WAIT points to, and check the rest of it
 * @ep: the instance
 * @wait: the argument, with valid flags; receives the timeout in nanoseconds
 * @mask: receives the signal mask, if there is one
 *
 * Context: process, may sleep.
 * Return: 0, or -EFAULT, -EINVAL, in the order of WAIT's errors (behaviours: 80, 81).
 */
static __always_inline int myep_prepare_wait(const struct myep_eventpoll *ep,
					     struct myepoll_wait *wait, sigset_t *mask)
{
	const bool of_ring = wait->flags & MYEPOLL_WAIT_RING;
	int err;

	if (wait->flags & MYEPOLL_WAIT_TIMESPEC) {
		wait->timeout_ns = myep_get_timespec(u64_to_user_ptr((u64)wait->timeout_ns));
		if (wait->timeout_ns < -1)
			return wait->timeout_ns;
	}
	if (wait->sigmask) {
		err = myep_get_sigmask(mask, u64_to_user_ptr(wait->sigmask), wait->sigsetsize);
		if (err)
			return err;
	}
	if (unlikely(of_ring || READ_ONCE(ep->ws))) {
		err = myep_check_ring_wait(ep, of_ring, wait->timeout_ns);
		if (err || (of_ring && !wait->maxevents))
			return err;
	}
	return myep_check_room(u64_to_user_ptr(wait->events), wait->maxevents);
}

/* The wait of an argument that is checked. */
static __always_inline long myep_wait_prepared(struct myep_eventpoll *ep,
					       const struct myepoll_wait *wait, sigset_t *mask)
{
	struct epoll_event __user *events = u64_to_user_ptr(wait->events);

	if (unlikely(wait->flags & MYEPOLL_WAIT_RING))
		return myep_wait_ring(ep, *wait, wait->sigmask ? mask : NULL);
	if (unlikely(wait->sigmask))
		return myep_wait_masked(ep, events, wait->maxevents, wait->timeout_ns, mask);
	return myep_wait(ep, events, wait->maxevents, wait->timeout_ns);
}

#endif /* MYEPOLL_WAIT_H */
