/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ready-list state machine. An instance is in one of three states, an item in one of four;
 * no other file spells how they are encoded.
 *
 *   instance      encoded as                      enters                 leaves
 *   idle          ovflist == MYEP_NO_SCAN         alloc, scan_end        scan_begin
 *   scanning      ovflist == NULL                 scan_begin             scan_end, set_ready
 *   overflowing   ovflist == newest item          set_ready              scan_end
 *
 *   item          encoded as                      enters                 leaves
 *   quiet         rdllink empty, next ==          alloc, scan_unlinks    set_ready
 *                 MYEP_NOT_OVERFLOWED
 *   ready         rdllink in ep->rdllist          set_ready, scan_end    scan_unlinks, clear_ready
 *   overflowed    next != MYEP_NOT_OVERFLOWED     set_ready in a scan    scan_end
 *
 * An item can be ready and overflowed at once; scan_end then leaves it where it is.
 * While a scan runs the callback touches only ovflist, so the scan owns rdllist and walks it in
 * place, without the lock.
 */
#ifndef MYEPOLL_READY_H
#define MYEPOLL_READY_H

#include "eventpoll.h"

#include <linux/device.h>

#define MYEP_NO_SCAN ((struct epitem *)-1L)
#define MYEP_NOT_OVERFLOWED ((struct epitem *)-1L)

static inline void myep_ready_init(struct eventpoll *ep)
{
	INIT_LIST_HEAD(&ep->rdllist);
	ep->ovflist = MYEP_NO_SCAN;
}

static inline void myep_item_ready_init(struct epitem *epi)
{
	INIT_LIST_HEAD(&epi->rdllink);
	epi->next = MYEP_NOT_OVERFLOWED;
}

/**
 * myep_maybe_ready() - can a scan find something?
 * @ep: the instance
 *
 * Context: any; takes no lock.
 * Return: false only if at some moment during the call no item was ready and no scan ran.
 */
static inline bool myep_maybe_ready(struct eventpoll *ep)
{
	unsigned long seq = READ_ONCE(ep->scan_seq);

	/* [b1] pairs with myep_scan_begin() and myep_scan_end() */
	smp_rmb();
	if ((seq & 1) || !list_empty_careful(&ep->rdllist))
		return true;
	/* [b1] pairs with myep_scan_begin() and myep_scan_end() */
	smp_rmb();
	return READ_ONCE(ep->scan_seq) != seq;
}

/**
 * myep_ready_locked() - as myep_maybe_ready(), for one who is about to sleep
 * @ep: the instance
 *
 * Context: ep->lock held.
 * Return: true if an item is ready or a scan may put one back.
 */
static inline bool myep_ready_locked(struct eventpoll *ep)
{
	lockdep_assert_held(&ep->lock);
	return !list_empty(&ep->rdllist) || ep->ovflist != MYEP_NO_SCAN;
}

/**
 * myep_set_ready_locked() - queue an item, once, at the tail
 * @ep: the instance
 * @epi: an item of it
 *
 * In a scan the item's wakeup source may go off at any moment, so the instance's stands in.
 *
 * Context: any, ep->lock held.
 * Return: false if it was queued already.
 */
static inline bool myep_set_ready_locked(struct eventpoll *ep, struct epitem *epi)
{
	lockdep_assert_held(&ep->lock);
	if (ep->ovflist != MYEP_NO_SCAN) {
		if (epi->next != MYEP_NOT_OVERFLOWED)
			return false;
		epi->next = ep->ovflist;
		ep->ovflist = epi;
		if (unlikely(epi->ws))
			__pm_stay_awake(ep->ws);
	} else {
		if (!list_empty(&epi->rdllink))
			return false;
		list_add_tail(&epi->rdllink, &ep->rdllist);
		if (unlikely(epi->ws))
			__pm_stay_awake(epi->ws);
	}
	return true;
}

/**
 * myep_clear_ready_locked() - take an item that is going away off the ready list
 * @ep: the instance
 * @epi: an item of it, detached, so that nobody queues it again
 *
 * As if there had been a scan: one that means to go on knows that the list is not what it left.
 *
 * Context: ep->mtx held, so no scan runs, and ep->lock.
 */
static inline void myep_clear_ready_locked(struct eventpoll *ep, struct epitem *epi)
{
	lockdep_assert_held(&ep->lock);
	if (list_empty(&epi->rdllink))
		return;
	list_del_init(&epi->rdllink);
	WRITE_ONCE(ep->scan_seq, ep->scan_seq + 2);
}

/**
 * myep_scan_begin() - from here on the ready list is the scan's, and arrivals overflow
 * @ep: the instance
 *
 * Context: process, ep->mtx held.
 */
static inline void myep_scan_begin(struct eventpoll *ep)
{
	lockdep_assert_held(&ep->mtx);
	spin_lock_irq(&ep->lock);
	WRITE_ONCE(ep->scan_seq, ep->scan_seq + 1);
	/* [b1] pairs with myep_maybe_ready(): odd before the list changes */
	smp_wmb();
	ep->ovflist = NULL;
	spin_unlock_irq(&ep->lock);
}

/**
 * myep_scan_unlinks() - take an item off the list whose wakeup source is off already
 * @epi: a ready item
 *
 * Context: process, epi->ep->mtx held.
 */
static inline void myep_scan_unlinks(struct epitem *epi)
{
	lockdep_assert_held(&epi->ep->mtx);
	list_del_init(&epi->rdllink);
}

/**
 * myep_scan_drops() - the item is ready no more
 * @epi: a ready item
 *
 * Context: process, epi->ep->mtx held.
 */
static inline void myep_scan_drops(struct epitem *epi)
{
	lockdep_assert_held(&epi->ep->mtx);
	myep_scan_unlinks(epi);
	/* What arrived since is on the overflow list, and covered by the instance's source. */
	if (unlikely(epi->ws))
		__pm_relax(epi->ws);
}

static inline void myep_wake_if_ready_locked(struct eventpoll *ep)
{
	lockdep_assert_held(&ep->lock);
	if (!list_empty(&ep->rdllist) && waitqueue_active(&ep->wq))
		wake_up(&ep->wq);
}

/* Put arrivals behind @before. They are linked newest first, so each one goes before the last. */
static inline void myep_add_arrivals_locked(struct eventpoll *ep, struct list_head *before)
{
	struct epitem *epi, *older;

	lockdep_assert_held(&ep->lock);
	for (epi = ep->ovflist; epi; epi = older) {
		older = epi->next;
		/* Even when it stays where it is, or it would never be queued again. */
		epi->next = MYEP_NOT_OVERFLOWED;
		if (list_empty(&epi->rdllink)) {
			list_add(&epi->rdllink, before);
			if (unlikely(epi->ws))
				__pm_stay_awake(epi->ws);
		}
	}
}

/**
 * myep_scan_end() - from here on the ready list is everybody's again
 * @ep: the instance
 * @delivered: the last of those at its head that were delivered and stay ready, or NULL
 *
 * The order is leftovers, arrivals of during the scan, delivered items; behaviours: 105, 106.
 * Wakes one sleeper if anything is ready: it may have missed what this scan held.
 *
 * Context: process, ep->mtx held.
 */
static inline void myep_scan_end(struct eventpoll *ep, struct list_head *delivered)
{
	struct list_head *leftover = ep->rdllist.prev;

	lockdep_assert_held(&ep->mtx);
	/* The list is a ring: another place for its head makes the first ones the last. */
	if (delivered == leftover)
		leftover = &ep->rdllist;
	else if (delivered)
		list_move(&ep->rdllist, delivered);
	spin_lock_irq(&ep->lock);
	myep_add_arrivals_locked(ep, leftover);
	ep->ovflist = MYEP_NO_SCAN;
	if (unlikely(ep->ws))
		__pm_relax(ep->ws);
	/* [b1] pairs with myep_maybe_ready(): the list is whole before even */
	smp_wmb();
	WRITE_ONCE(ep->scan_seq, ep->scan_seq + 1);

	myep_wake_if_ready_locked(ep);
	spin_unlock_irq(&ep->lock);
}

/**
 * myep_wake_next() - let another sleeper have what a woken one leaves without a scan
 * @ep: the instance
 *
 * A scan that is running now will wake one itself at its end.
 *
 * Context: process.
 */
static inline void myep_wake_next(struct eventpoll *ep)
{
	spin_lock_irq(&ep->lock);
	if (ep->ovflist == MYEP_NO_SCAN)
		myep_wake_if_ready_locked(ep);
	spin_unlock_irq(&ep->lock);
}

#endif /* MYEPOLL_READY_H */
