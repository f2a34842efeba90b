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

/**
 * myep_clear_ready_locked() - take an item that is being removed off the ready list
 * @ep: the instance
 * @epi: an item of it, detached, so that nothing queues it again
 *
 * Advances scan_seq like a scan, so that a delivery of several scans notices the change.
 *
 * Context: ep->mtx held, so that no scan runs, and ep->lock.
 */
void myep_clear_ready_locked(struct myep_eventpoll *ep, struct myep_epitem *epi)
{
	lockdep_assert_held(&ep->lock);
	if (list_empty(&epi->rdllink))
		return;
	list_del_init(&epi->rdllink);
	WRITE_ONCE(ep->scan_seq, ep->scan_seq + 2);
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
