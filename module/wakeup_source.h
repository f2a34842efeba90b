/* SPDX-License-Identifier: GPL-2.0-only */
/* EPOLLWAKEUP: wakeup sources, and what a scan does to those of the items that it polls. */
#ifndef MYEPOLL_WAKEUP_SOURCE_H
#define MYEPOLL_WAKEUP_SOURCE_H

#include "eventpoll.h"

#include <linux/device.h>

void myep_filter_wakeup(struct epoll_event *event);
int myep_add_wakeup(struct myep_epitem *epi);
void myep_remove_wakeup(struct myep_epitem *epi);
void myep_change_wakeup(struct myep_epitem *epi);

/* Few items have a source: NULL. */
static inline struct wakeup_source *myep_source_of(const struct myep_epitem *epi)
{
	return unlikely(epi->ws) && !epi->ep->has_ring ? epi->ws : NULL;
}

static inline void myep_item_stay_awake(struct myep_epitem *epi)
{
	if (myep_source_of(epi))
		__pm_stay_awake(epi->ws);
}

static inline void myep_item_relax(struct myep_epitem *epi)
{
	if (myep_source_of(epi))
		__pm_relax(epi->ws);
}

/* A scan is about to poll the item: the instance's source takes over until the scan ends. */
static inline void myep_scan_take(struct myep_eventpoll *ep, struct myep_epitem *epi)
{
	lockdep_assert_held(&ep->mtx);
	if (likely(!myep_source_of(epi)))
		return;
	if (epi->ws->active)
		__pm_stay_awake(ep->ws);
	__pm_relax(epi->ws);
}

/* The item that was taken stays ready. */
static inline void myep_scan_keep(struct myep_eventpoll *ep, struct myep_epitem *epi)
{
	lockdep_assert_held(&ep->mtx);
	myep_item_stay_awake(epi);
}

#endif /* MYEPOLL_WAKEUP_SOURCE_H */
