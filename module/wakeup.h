/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * WAKEUP: how wakeup sources come and go, and what a scan does to those of the items that it asks.
 */
#ifndef MYEPOLL_WAKEUP_H
#define MYEPOLL_WAKEUP_H

#include "eventpoll.h"

#include <linux/device.h>

void myep_filter_wakeup(struct epoll_event *event);
int myep_add_wakeup(struct epitem *epi);
void myep_remove_wakeup(struct epitem *epi);
void myep_change_wakeup(struct epitem *epi);

/**
 * myep_scan_took() - the scan will ask this item now
 * @ep: the instance
 * @epi: a ready item
 *
 * Its wakeup source goes off, the instance's covers for it until the scan ends.
 *
 * Context: process, ep->mtx held.
 */
static inline void myep_scan_took(struct eventpoll *ep, struct epitem *epi)
{
	lockdep_assert_held(&ep->mtx);
	if (likely(!epi->ws))
		return;
	if (epi->ws->active)
		__pm_stay_awake(ep->ws);
	__pm_relax(epi->ws);
}

/**
 * myep_scan_keeps() - the item stays ready
 * @ep: the instance
 * @epi: an item that myep_scan_took() was told of
 *
 * Context: process, ep->mtx held.
 */
static inline void myep_scan_keeps(struct eventpoll *ep, struct epitem *epi)
{
	lockdep_assert_held(&ep->mtx);
	if (unlikely(epi->ws))
		__pm_stay_awake(epi->ws);
}

#endif /* MYEPOLL_WAKEUP_H */
