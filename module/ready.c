// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ready-list state machine of ready.h: the beginning, arrivals during a scan, and instances
 * that have a wakeup source or a ring.
 */
#include "ready.h"
#include "ring.h"

void myep_ready_init(struct myep_eventpoll *ep)
{
	INIT_LIST_HEAD(&ep->rdllist);
	ep->ovflist = MYEP_NO_SCAN;
}

/* Move the overflow list, which is newest first, into the ready list after @pos, oldest first. */
void myep_add_arrivals_locked(struct myep_eventpoll *ep, struct list_head *pos)
{
	struct myep_epitem *epi, *older;

	lockdep_assert_held(&ep->lock);
	for (epi = ep->ovflist; epi; epi = older) {
		older = epi->ovflist_next;
		/* Also if it stays where it is, or it would never be queued again. */
		epi->ovflist_next = MYEP_NOT_OVERFLOWED;
		if (list_empty(&epi->rdllink)) {
			list_add(&epi->rdllink, pos);
			myep_item_stay_awake(epi);
		}
	}
}

/*
 * An item was queued. During a scan its wakeup source may be deactivated at any moment, so the
 * instance's is held instead.
 */
void myep_queued_rare_locked(struct myep_eventpoll *ep, struct myep_epitem *epi)
{
	lockdep_assert_held(&ep->lock);
	if (ep->has_ring)
		myep_ring_note_list(ep, true);
	else if (epi->ws)
		__pm_stay_awake(ep->ovflist == MYEP_NO_SCAN ? epi->ws : ep->ws);
}

/* A scan has returned the ready list. */
void myep_scan_end_rare_locked(struct myep_eventpoll *ep)
{
	lockdep_assert_held(&ep->lock);
	if (ep->has_ring)
		myep_ring_note_list(ep, !list_empty(&ep->rdllist));
	else
		__pm_relax(ep->ws);
}

/* An item has left the ready list for good. */
void myep_removed_rare_locked(struct myep_eventpoll *ep)
{
	lockdep_assert_held(&ep->lock);
	if (ep->has_ring)
		myep_ring_note_list(ep, !list_empty(&ep->rdllist));
}
