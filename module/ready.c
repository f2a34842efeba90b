// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ready-list state machine of ready.h: the beginning, and arrivals during a scan.
 */
#include "ready.h"

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
			myep_stay_awake(epi->ws);
		}
	}
}
