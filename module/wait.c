// SPDX-License-Identifier: GPL-2.0-only
/*
 * WAIT: when to scan, when to sleep, when to give up, and under which signal mask.
 */
#include "wait.h"
#include "busy_poll.h"
#include "deliver.h"
#include "ready.h"
#include "ring.h"
#include "trace.h"
#include "wake.h"

#include <linux/hrtimer.h>
#include <linux/sched.h>
#include <linux/sched/prio.h>
#include <linux/sched/rt.h>
#include <linux/sched/signal.h>

#define MYEP_MAX_SLACK_NS (100 * NSEC_PER_MSEC)

/* 0.1 % of the timeout, or 0.5 % for a nice task, within limits (behaviours: 78). */
static u64 myep_slack_ns(u64 timeout_ns)
{
	u64 slack;

	if (!current->timer_slack_ns || rt_task(current))
		return 0;
	slack = div_u64(timeout_ns, task_nice(current) > 0 ? 200 : 1000);
	return max_t(u64, min_t(u64, slack, MYEP_MAX_SLACK_NS), current->timer_slack_ns);
}

/*
 * Dequeue the sleeper even if it was running already, or the next wakeup would be spent on it
 * instead of on another sleeper (behaviours: 99).
 */
static int myep_autoremove_wake(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	int woken = default_wake_function(wait, mode, sync, key);

	/* [b4] pairs with myep_sleep(): the last access to the sleeper's stack */
	list_del_init_careful(&wait->entry);
	return woken;
}

/*
 * Is there a reason not to sleep? Besides, RING may have been called since a WAIT that knows
 * nothing of it has begun: that one must not take the wakeups of others.
 */
static __always_inline bool myep_stays_awake_locked(struct myep_eventpoll *ep, const u32 *seen,
						    bool *expired)
{
	lockdep_assert_held(&ep->lock);
	if (myep_ready_locked(ep))
		return true;
	if (seen)
		return myep_ring_passed(ep->ring, *seen);
	if (unlikely(myep_ring_with_slots(ep))) {
		*expired = true;
		return true;
	}
	return false;
}

/*
 * Sleep until a wakeup, the deadline or a signal; @count is the counter of such sleeps. @seen is
 * the head of a consumer that has found the ring empty, or NULL. Return: whether there may be
 * events. If the deadline passes while a waker dequeues the sleeper, that counts as a wakeup: the
 * waker will not choose another (behaviours: 97).
 */
static __always_inline bool myep_sleep(struct myep_eventpoll *ep, s64 timeout_ns, ktime_t *deadline,
				       bool *expired, unsigned long *count,
				       const struct list_head *left, const u32 *seen)
{
	const u64 slack_ns = timeout_ns < 0 ? 0 : myep_slack_ns(timeout_ns);
	struct myep_sleeper me;
	bool look;

	init_wait(&me.wait);
	me.wait.func = myep_autoremove_wake;
	me.since = jiffies;

	spin_lock_irq(&ep->lock);
	/* Wakers queue and wake under this lock: the test sees what they queued, or they see us. */
	look = myep_stays_awake_locked(ep, seen, expired);
	if (!look) {
		__set_current_state(TASK_INTERRUPTIBLE);
		__add_wait_queue_exclusive(&ep->wq, &me.wait);
		(*count)++;
		trace_myepoll_sleep(ep);
	}
	spin_unlock_irq(&ep->lock);
	if (look)
		return true;

	*expired = !schedule_hrtimeout_range(timeout_ns < 0 ? NULL : deadline, slack_ns,
					     HRTIMER_MODE_ABS);
	__set_current_state(TASK_RUNNING);

	/* [b4] pairs with myep_autoremove_wake() */
	if (list_empty_careful(&me.wait.entry)) {
		trace_myepoll_woken(ep, true, *expired);
		return true;
	}
	spin_lock_irq(&ep->lock);
	look = list_empty(&me.wait.entry);
	if (!left && !look && *expired)
		ep->count.unscanned++;
	__remove_wait_queue(&ep->wq, &me.wait);
	spin_unlock_irq(&ep->lock);
	trace_myepoll_woken(ep, look, *expired);
	return look || !*expired;
}

static long myep_look(struct myep_eventpoll *ep, struct epoll_event __user *events, int maxevents,
		      struct list_head *left)
{
	return static_branch_unlikely(&myep_wait_traced) ?
		       myep_deliver_traced(ep, events, maxevents, left) :
		       myep_deliver(ep, events, maxevents, left);
}

/*
 * Nothing was ready at first. In this order: events, the deadline, a signal. @left is NULL if that
 * was seen without a scan, see myep_deliver().
 */
static noinline long myep_wait_longer(struct myep_eventpoll *ep, struct epoll_event __user *events,
				      int maxevents, s64 timeout_ns, ktime_t deadline,
				      struct list_head *left)
{
	unsigned long *count = &ep->count.first_sleeps;
	bool expired = false;

	for (;;) {
		bool look = myep_busy_polls(ep) && myep_busy_poll(ep);
		long res;

		if (!look) {
			if (signal_pending(current))
				return -EINTR;
			look = myep_sleep(ep, timeout_ns, &deadline, &expired, count, left, NULL);
		}
		if (look) {
			res = myep_look(ep, events, maxevents, left);
			if (res)
				return res;
			left = &ep->rdllist;
			count = &ep->count.in_vain;
		}
		if (expired)
			return 0;
	}
}

/* With a timeout that is not 0. noinline, so that a WAIT that only looks needs no stack frame. */
static noinline long myep_wait_until(struct myep_eventpoll *ep, struct epoll_event __user *events,
				     int maxevents, s64 timeout_ns)
{
	struct list_head *left = NULL;
	ktime_t deadline = 0;
	long res;

	if (unlikely(myep_ring_with_slots(ep)))
		return -EINVAL;
	/* The timeout starts here, not after the first scan. */
	if (timeout_ns > 0)
		deadline = ktime_add_safe(ktime_get(), ns_to_ktime(timeout_ns));
	if (myep_maybe_ready(ep)) {
		res = myep_look(ep, events, maxevents, NULL);
		if (res)
			return res;
		left = &ep->rdllist;
	}
	return myep_wait_longer(ep, events, maxevents, timeout_ns, deadline, left);
}

static __always_inline long myep_look_or_wait(struct myep_eventpoll *ep,
					      struct epoll_event __user *events, int maxevents,
					      s64 timeout_ns)
{
	if (timeout_ns)
		return myep_wait_until(ep, events, maxevents, timeout_ns);
	return myep_maybe_ready(ep) ? myep_look(ep, events, maxevents, NULL) : 0;
}

static noinline long myep_wait_with_events(struct myep_eventpoll *ep,
					   struct epoll_event __user *events, int maxevents,
					   s64 timeout_ns)
{
	long res;

	trace_myepoll_wait(ep, maxevents, timeout_ns);
	res = myep_look_or_wait(ep, events, maxevents, timeout_ns);
	trace_myepoll_wait_end(ep, res);
	return res;
}

/**
 * myep_wait() - the WAIT call, arguments copied in
 * @ep: the instance
 * @events: receives up to @maxevents events; checked by myep_check_room()
 * @maxevents: room in @events
 * @timeout_ns: negative to wait for ever, 0 not to wait
 *
 * Events take precedence over a deadline that has passed, and both over a signal (behaviours: 83).
 *
 * Context: process, may sleep.
 * Return: number of events, 0 at the deadline, or -EFAULT, -EINTR.
 */
long myep_wait(struct myep_eventpoll *ep, struct epoll_event __user *events, int maxevents,
	       s64 timeout_ns)
{
	if (static_branch_unlikely(&myep_wait_traced))
		return myep_wait_with_events(ep, events, maxevents, timeout_ns);
	return myep_look_or_wait(ep, events, maxevents, timeout_ns);
}

static void myep_set_mask(sigset_t *mask)
{
	current->saved_sigmask = current->blocked;
	set_restore_sigmask();
	sigprocmask(SIG_SETMASK, mask, NULL);
}

/*
 * If a signal interrupts the wait, its handler runs under the temporary mask, and the return to
 * user mode restores the old one after it (behaviours: 85).
 */
static void myep_reset_mask(long res)
{
	if (res == -EINTR)
		return;
	clear_restore_sigmask();
	sigprocmask(SIG_SETMASK, &current->saved_sigmask, NULL);
}

/**
 * myep_wait_masked() - myep_wait() under another signal mask
 * @ep: the instance
 * @events: receives up to @maxevents events; checked by myep_check_room()
 * @maxevents: room in @events
 * @timeout_ns: negative to wait for ever, 0 not to wait
 * @mask: the mask, from myep_get_sigmask()
 *
 * Context: process, may sleep.
 * Return: as myep_wait().
 */
long myep_wait_masked(struct myep_eventpoll *ep, struct epoll_event __user *events, int maxevents,
		      s64 timeout_ns, sigset_t *mask)
{
	long res;

	myep_set_mask(mask);
	res = myep_wait(ep, events, maxevents, timeout_ns);
	myep_reset_mask(res);
	return res;
}

/* Look at the lists, unless they are seen to be empty or there is no room. */
static long myep_look_beside_ring(struct myep_eventpoll *ep, const struct myepoll_wait *wait,
				  struct list_head **left)
{
	long res;

	if (!wait->maxevents || !myep_maybe_ready(ep))
		return 0;
	res = myep_look(ep, u64_to_user_ptr(wait->events), wait->maxevents, *left);
	*left = &ep->rdllist;
	return res;
}

/*
 * Like myep_wait(), but the ring is a reason to return, too. In this order: events of the lists,
 * the ring, the deadline, a signal.
 */
static long myep_wait_beside_ring(struct myep_eventpoll *ep, const struct myepoll_wait *wait)
{
	const s64 timeout_ns = wait->timeout_ns;
	unsigned long *count = &ep->count.first_sleeps;
	struct list_head *left = NULL;
	bool expired = !timeout_ns;
	ktime_t deadline = 0;

	if (timeout_ns > 0)
		deadline = ktime_add_safe(ktime_get(), ns_to_ktime(timeout_ns));
	for (;;) {
		long res;

		/* It was perhaps woken for an event of the ring, which it will not take. */
		if (fatal_signal_pending(current)) {
			myep_wake_next(ep);
			return -EINTR;
		}
		res = myep_look_beside_ring(ep, wait, &left);
		if (res)
			return res;
		if (expired || myep_ring_passed(ep->ring, wait->pad) ||
		    (!wait->maxevents && myep_maybe_ready(ep)))
			return 0;
		if (signal_pending(current))
			return -EINTR;
		if (myep_sleep(ep, timeout_ns, &deadline, &expired, count, left, &wait->pad))
			count = &ep->count.in_vain;
	}
}

static long myep_wait_beside_ring_traced(struct myep_eventpoll *ep, const struct myepoll_wait *wait)
{
	long res;

	trace_myepoll_wait(ep, wait->maxevents, wait->timeout_ns);
	res = myep_wait_beside_ring(ep, wait);
	trace_myepoll_wait_end(ep, res);
	return res;
}

/**
 * myep_wait_ring() - a WAIT with MYEPOLL_WAIT_RING
 * @ep: the instance, with a ring
 * @wait: the argument, from myep_prepare_wait(), as a value, so that others need not have theirs in
 *	memory; @pad is the head of a consumer that has found the ring empty
 * @mask: the signal mask, or NULL
 *
 * Does not busy poll.
 *
 * Context: process, may sleep.
 * Return: number of events; 0 at the deadline, for the ring, or without room; or -EFAULT, -EINTR.
 */
long myep_wait_ring(struct myep_eventpoll *ep, struct myepoll_wait wait, sigset_t *mask)
{
	long res;

	if (!mask)
		return myep_wait_beside_ring_traced(ep, &wait);
	myep_set_mask(mask);
	res = myep_wait_beside_ring_traced(ep, &wait);
	myep_reset_mask(res);
	return res;
}
