/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What wakes a sleeper in WAIT, at most one each time:
 *
 *   myep_wake_sleeper_locked()   the callback, which has queued an item
 *   myep_queue_and_wake()        ADD and MOD, or the write of events that failed: the target was
 *                                polled and is ready
 *   myep_wake_if_ready_locked()  the end of a scan that has left something ready
 *   myep_wake_next()             a sleeper that was woken and returns without a scan
 *
 * Those who poll() the instance itself are all woken by the first two, and by its close.
 */
#ifndef MYEPOLL_WAKE_H
#define MYEPOLL_WAKE_H

#include "eventpoll.h"

void myep_queue_and_wake(struct myep_eventpoll *ep, struct myep_epitem *epi, __poll_t ready);
void myep_wake_next(struct myep_eventpoll *ep);

/* The readiness that decides who gets an EPOLLEXCLUSIVE wakeup. */
#define MYEP_INOUT_BITS (EPOLLIN | EPOLLOUT)

/*
 * Wake a sleeper. Return: whether that makes an EPOLLEXCLUSIVE wakeup handled, so that the
 * instances behind this one are not woken. If the key has both IN and OUT it cannot tell
 * (behaviours: 63 to 68).
 */
static inline bool myep_wake_sleeper_locked(struct myep_eventpoll *ep, __poll_t interest,
					    __poll_t key, bool sync)
{
	const __poll_t inout = key & MYEP_INOUT_BITS;

	lockdep_assert_held(&ep->lock);
	if (!waitqueue_active(&ep->wq))
		return false;
	if (sync)
		wake_up_sync(&ep->wq);
	else
		wake_up(&ep->wq);
	return !inout || (inout != MYEP_INOUT_BITS && (inout & interest));
}

static inline void myep_wake_if_ready_locked(struct myep_eventpoll *ep)
{
	lockdep_assert_held(&ep->lock);
	if (!list_empty(&ep->rdllist) && waitqueue_active(&ep->wq))
		wake_up(&ep->wq);
}

/**
 * myep_wake_pollers() - wake those who poll() the instance itself
 * @ep: the instance
 * @key: the key of the wakeup that caused this one, or 0
 * @depth: number of instances that the wakeup came through
 *
 * Passes on the io_uring bit of the key, by which a ring recognizes a wakeup of its own that comes
 * back to it (behaviours: 137).
 *
 * Context: any; ep->lock not held.
 */
static inline void myep_wake_pollers(struct myep_eventpoll *ep, __poll_t key, unsigned int depth)
{
	unsigned long flags;

	spin_lock_irqsave_nested(&ep->poll_wait.lock, flags, depth);
	ep->wake_depth = depth;
	wake_up_locked_poll(&ep->poll_wait, EPOLLIN | (key & EPOLL_URING_WAKE));
	spin_unlock_irqrestore(&ep->poll_wait.lock, flags);
}

#endif /* MYEPOLL_WAKE_H */
