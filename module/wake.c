// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wakeups outside of the callback and the scan; see wake.h.
 */
#include "wake.h"
#include "ready.h"
#include "ring.h"

/* noinline, so that those without a ring do not pay for its stack frame. */
static noinline enum myep_outcome myep_offer_traced_locked(struct myep_eventpoll *ep,
							   struct myep_epitem *epi, __poll_t ready)
{
	lockdep_assert_held(&ep->lock);
	return myep_offer_locked(ep, epi, ready, READ_ONCE(epi->event.events), true);
}

/**
 * myep_queue_and_wake() - queue or post an item whose target was found ready, and wake
 * @ep: the instance
 * @epi: an item of it
 * @ready: what is ready, of its interest; 0 to queue it, whatever it is
 *
 * (behaviours: 30)
 *
 * Context: process, ep->mtx held, no scan runs.
 */
void myep_queue_and_wake(struct myep_eventpoll *ep, struct myep_epitem *epi, __poll_t ready)
{
	enum myep_outcome outcome;
	bool wake_pollers = false;

	lockdep_assert_held(&ep->mtx);
	spin_lock_irq(&ep->lock);
	if (myep_has_ring(ep))
		outcome = myep_offer_traced_locked(ep, epi, ready);
	else
		outcome = myep_queue_locked(ep, epi);
	trace_myepoll_queue(ep, epi, outcome);
	/* Else a sleeper has been woken for it and has yet to look. */
	if (outcome != MYEP_ALREADY && outcome != MYEP_DISABLED) {
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
	/* The next one will see for himself whether the ring has something. */
	if (myep_has_ring(ep) && waitqueue_active(&ep->wq))
		wake_up(&ep->wq);
	spin_unlock_irq(&ep->lock);
}
