// SPDX-License-Identifier: GPL-2.0-only
/*
 * What of the ready-list state machine is not on the path of every event; see ready.h.
 */
#include "ready.h"

void myep_ready_init(struct myep_eventpoll *ep)
{
	INIT_LIST_HEAD(&ep->rdllist);
	ep->ovflist = MYEP_NO_SCAN;
}

/* Move the overflow list behind @before. It is linked newest first: insert each before the last. */
void myep_add_arrivals_locked(struct myep_eventpoll *ep, struct list_head *before)
{
	struct myep_epitem *epi, *older;

	lockdep_assert_held(&ep->lock);
	for (epi = ep->ovflist; epi; epi = older) {
		older = epi->ovflist_next;
		/* Also if it stays where it is, or it would never be queued again. */
		epi->ovflist_next = MYEP_NOT_OVERFLOWED;
		if (list_empty(&epi->rdllink)) {
			list_add(&epi->rdllink, before);
			myep_stay_awake(epi->ws);
		}
	}
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
