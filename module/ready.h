/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ready-list state machine. An instance is in one of three states, an item in one of four.
 * Only this file and ready.c know how they are encoded.
 *
 *   instance      encoded as                      enters                 leaves
 *   idle          ovflist == MYEP_NO_SCAN         alloc, scan_end        scan_begin
 *   scanning      ovflist == NULL                 scan_begin             scan_end, set_ready
 *   overflowing   ovflist == newest item          set_ready              scan_end
 *
 *   item          encoded as                      enters                 leaves
 *   idle          rdllink empty, ovflist_next     alloc, scan_unlink     set_ready
 *                 == MYEP_NOT_OVERFLOWED
 *   ready         rdllink in ep->rdllist          set_ready, scan_end    scan_unlink, clear_ready
 *   overflowed    ovflist_next                    set_ready in a scan    scan_end
 *                 != MYEP_NOT_OVERFLOWED
 *
 * An item can be ready and overflowed at once; scan_end then leaves it where it is in rdllist.
 * During a scan the callback touches only ovflist, so the scan owns rdllist and walks it without
 * the lock.
 */
#ifndef MYEPOLL_READY_H
#define MYEPOLL_READY_H

#include "eventpoll.h"
#include "trace.h"
#include "wake.h"
#include "wakeup_source.h"

#define MYEP_NO_SCAN ((struct myep_epitem *)-1L)
#define MYEP_NOT_OVERFLOWED ((struct myep_epitem *)-1L)

void myep_ready_init(struct myep_eventpoll *ep);
void myep_add_arrivals_locked(struct myep_eventpoll *ep, struct list_head *pos);
void myep_queued_rare_locked(struct myep_eventpoll *ep, struct myep_epitem *epi);
void myep_scan_end_rare_locked(struct myep_eventpoll *ep);
void myep_removed_rare_locked(struct myep_eventpoll *ep);

static inline void myep_item_ready_init(struct myep_epitem *epi)
{
	INIT_LIST_HEAD(&epi->rdllink);
	epi->ovflist_next = MYEP_NOT_OVERFLOWED;
}

/**
 * myep_maybe_ready() - could a scan find something?
 * @ep: the instance
 *
 * Context: any; takes no lock.
 * Return: false only if at some moment during the call no item was ready and no scan ran.
 */
static inline bool myep_maybe_ready(struct myep_eventpoll *ep)
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

/* The same for a caller that is about to sleep: exact, but true during every scan. */
static inline bool myep_ready_locked(struct myep_eventpoll *ep)
{
	lockdep_assert_held(&ep->lock);
	return !list_empty(&ep->rdllist) || ep->ovflist != MYEP_NO_SCAN;
}

/**
 * myep_set_ready_locked() - queue an item at the tail, unless it is queued already
 * @ep: the instance
 * @epi: an item of it
 *
 * Context: any, ep->lock held.
 * Return: false if it was queued already.
 */
static inline bool myep_set_ready_locked(struct myep_eventpoll *ep, struct myep_epitem *epi)
{
	lockdep_assert_held(&ep->lock);
	if (ep->ovflist != MYEP_NO_SCAN) {
		if (epi->ovflist_next != MYEP_NOT_OVERFLOWED) {
			ep->count.already++;
			return false;
		}
		epi->ovflist_next = ep->ovflist;
		ep->ovflist = epi;
		ep->count.overflowed++;
	} else {
		if (!list_empty(&epi->rdllink)) {
			ep->count.already++;
			return false;
		}
		list_add_tail(&epi->rdllink, &ep->rdllist);
	}
	ep->count.queued++;
	if (unlikely(ep->ws))
		myep_queued_rare_locked(ep, epi);
	return true;
}

/* For tracing: what myep_set_ready_locked() did. */
static inline enum myep_outcome myep_outcome_locked(const struct myep_eventpoll *ep, bool queued)
{
	lockdep_assert_held(&ep->lock);
	if (!queued)
		return MYEP_ALREADY;
	return ep->ovflist == MYEP_NO_SCAN ? MYEP_QUEUED : MYEP_OVERFLOWED;
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
static inline void myep_clear_ready_locked(struct myep_eventpoll *ep, struct myep_epitem *epi)
{
	lockdep_assert_held(&ep->lock);
	if (list_empty(&epi->rdllink))
		return;
	list_del_init(&epi->rdllink);
	ep->count.removed++;
	WRITE_ONCE(ep->scan_seq, ep->scan_seq + 2);
	if (unlikely(ep->ws))
		myep_removed_rare_locked(ep);
}

/* From here on the scan owns the ready list, and arrivals go to the overflow list. */
static __always_inline void myep_scan_begin(struct myep_eventpoll *ep, bool traced)
{
	lockdep_assert_held(&ep->mtx);
	spin_lock_irq(&ep->lock);
	WRITE_ONCE(ep->scan_seq, ep->scan_seq + 1);
	/* [b1] pairs with myep_maybe_ready(): odd before the list changes */
	smp_wmb();
	ep->ovflist = NULL;
	if (traced)
		trace_myepoll_scan_begin(ep);
	spin_unlock_irq(&ep->lock);
}

/* Take an item whose wakeup source is inactive off the list. */
static inline void myep_scan_unlink(struct myep_epitem *epi)
{
	lockdep_assert_held(&epi->ep->mtx);
	list_del_init(&epi->rdllink);
}

/* The item is no longer ready. */
static inline void myep_scan_drop(struct myep_epitem *epi)
{
	myep_scan_unlink(epi);
	/* Arrivals since are on the overflow list and covered by the instance's source. */
	myep_item_relax(epi);
}

/**
 * myep_scan_end() - return the ready list to everybody
 * @ep: the instance
 * @delivered: the last item, counted from the head, that was delivered and stays ready, or NULL
 * @traced: a constant: whether to fire the trace event
 *
 * The new order is leftovers, arrivals during the scan, delivered items (behaviours: 105, 106).
 * Wakes one sleeper if anything is ready: it may have missed what this scan held.
 *
 * Context: process, ep->mtx held.
 */
static __always_inline void myep_scan_end(struct myep_eventpoll *ep, struct list_head *delivered,
					  bool traced)
{
	struct list_head *leftover = ep->rdllist.prev;

	lockdep_assert_held(&ep->mtx);
	/* The list is circular: moving its head turns the first items into the last. */
	if (delivered == leftover)
		leftover = &ep->rdllist;
	else if (delivered)
		list_move(&ep->rdllist, delivered);
	spin_lock_irq(&ep->lock);
	if (unlikely(ep->ovflist))
		myep_add_arrivals_locked(ep, leftover);
	ep->ovflist = MYEP_NO_SCAN;
	if (unlikely(ep->ws))
		myep_scan_end_rare_locked(ep);
	/* [b1] pairs with myep_maybe_ready(): the list is complete before even */
	smp_wmb();
	WRITE_ONCE(ep->scan_seq, ep->scan_seq + 1);

	if (traced)
		trace_myepoll_scan_end(ep);
	myep_wake_if_ready_locked(ep);
	spin_unlock_irq(&ep->lock);
}

#endif /* MYEPOLL_READY_H */
