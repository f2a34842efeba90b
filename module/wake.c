// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wakeups outside of the callback and the scan; see wake.h.
 */
#include "wake.h"
#include "ready.h"

/**
 * myep_queue_and_wake() - queue an item whose target was found ready, and wake (behaviours: 30)
 * @ep: the instance
 * @epi: an item of it
 *
 * Context: process, ep->mtx held, no scan runs.
 */
void myep_queue_and_wake(struct myep_eventpoll *ep, struct myep_epitem *epi)
{
	bool wake_pollers = false;
	bool queued;

	lockdep_assert_held(&ep->mtx);
	spin_lock_irq(&ep->lock);
	queued = myep_set_ready_locked(ep, epi);
	trace_myepoll_queue(ep, epi, queued);
	/* If it was queued already, a sleeper has been woken for it and has yet to scan. */
	if (queued) {
		if (waitqueue_active(&ep->wq))
			wake_up(&ep->wq);
		wake_pollers = waitqueue_active(&ep->poll_wait);
	}
	spin_unlock_irq(&ep->lock);

	if (wake_pollers)
		myep_wake_pollers(ep, 0, 0);
}

/**
 * myep_wake_next() - pass on a wakeup that its receiver does not follow with a scan
 * @ep: the instance
 *
 * During a scan there is nothing to do: its end wakes a sleeper.
 *
 * Context: process.
 */
void myep_wake_next(struct myep_eventpoll *ep)
{
	spin_lock_irq(&ep->lock);
	if (ep->ovflist == MYEP_NO_SCAN)
		myep_wake_if_ready_locked(ep);
	spin_unlock_irq(&ep->lock);
}
