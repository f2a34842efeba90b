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

/* Few items have a source. */
static inline void myep_stay_awake(struct wakeup_source *ws)
{
	if (unlikely(ws))
		__pm_stay_awake(ws);
}

static inline void myep_relax(struct wakeup_source *ws)
{
	if (unlikely(ws))
		__pm_relax(ws);
}

/* A scan is about to poll the item: the instance's source takes over until the scan ends. */
static inline void myep_scan_take(struct myep_eventpoll *ep, struct myep_epitem *epi)
{
	lockdep_assert_held(&ep->mtx);
	if (likely(!epi->ws))
		return;
	if (epi->ws->active)
		myep_stay_awake(ep->ws);
	myep_relax(epi->ws);
}

/* The item that was taken stays ready. */
static inline void myep_scan_keep(struct myep_eventpoll *ep, struct myep_epitem *epi)
{
	lockdep_assert_held(&ep->mtx);
	myep_stay_awake(epi->ws);
}

#endif /* MYEPOLL_WAKEUP_SOURCE_H */
