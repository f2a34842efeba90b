// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring of an instance: what is not on the way of each event. See ring.h.
 */
#include "ring.h"
#include "instance.h"

#include <linux/myepoll.h>
#include <linux/sched.h>

/* The key of a wakeup must tell what the interest asks for; all else is for the ready list. */
static bool myep_may_post(const struct myep_epitem *epi)
{
	const __poll_t interest = READ_ONCE(epi->event.events);

	return (interest & EPOLLET) &&
	       !(interest & (EPOLLPRI | EPOLLRDBAND | EPOLLWRBAND | EPOLLMSG)) &&
	       !myep_is_instance(epi->ffd.file) && epi->ep->ring->slots;
}

/**
 * myep_ring_join_locked() - let an item use the ring, or not
 * @epi: the item, with its interest; no event of it is on the ring
 * @flags: MYEPOLL_ENTRY_RING or 0
 *
 * Context: process, epi->ep->mtx held, and ep->lock unless the item has no hook yet; the instance
 * has a ring.
 */
void myep_ring_join_locked(struct myep_epitem *epi, u32 flags)
{
	const struct myep_ring *ring = epi->ep->ring;
	const bool on = (flags & MYEPOLL_ENTRY_RING) && myep_may_post(epi);

	lockdep_assert_held(&epi->ep->mtx);
	epi->place.on = on;
	/* Nowhere: nobody owns the slot behind the last. */
	epi->place.at = on ? ring->mask + 1 : 0;
}

/**
 * myep_take_back_locked() - take back the event that an item has on the ring, if any
 * @ep: the instance, with a ring
 * @epi: an item of it
 *
 * Context: any, ep->lock held.
 */
void myep_take_back_locked(struct myep_eventpoll *ep, struct myep_epitem *epi)
{
	struct myep_ring *ring = ep->ring;

	lockdep_assert_held(&ep->lock);
	if (!epi->place.on || ring->owner[epi->place.at] != epi)
		return;
	if (myep_slot_kill(&ring->slots[epi->place.at])) {
		ring->taken_back++;
		trace_myepoll_take_back(ep, epi, myep_seq_locked(epi));
	}
	ring->owner[epi->place.at] = NULL;
	epi->place.at = ring->mask + 1;
}

/* Is there an event of the item that was not taken? */
bool myep_posted_locked(const struct myep_epitem *epi)
{
	const struct myep_ring *ring = epi->ep->ring;

	lockdep_assert_held(&epi->ep->lock);
	return myep_on_ring(epi) && ring->owner[epi->place.at] == epi &&
	       (u32)READ_ONCE(ring->slots[epi->place.at].word);
}

unsigned long myep_ring_changes_locked(const struct myep_eventpoll *ep)
{
	const struct myep_ring *ring = ep->ring;

	lockdep_assert_held(&ep->lock);
	return ring->posted + ring->merged + ring->taken_back;
}

/* No event will follow. */
void myep_ring_close(struct myep_eventpoll *ep)
{
	struct myepoll_ring_header *header = ep->ring->header;

	spin_lock_irq(&ep->lock);
	WRITE_ONCE(header->state, header->state | MYEPOLL_RING_CLOSED);
	spin_unlock_irq(&ep->lock);
}

/**
 * myep_ring_untaken() - is there an event to take?
 * @ep: the instance, with a ring
 *
 * The kernel does not know a consumer's head, but events are taken in order: if the newest is gone,
 * so are all. Those that were taken back do not count.
 *
 * Context: process, may sleep.
 */
bool myep_ring_untaken(struct myep_eventpoll *ep)
{
	const struct myep_ring *ring = ep->ring;
	u32 seq = READ_ONCE(ring->posted);
	u32 left;

	if (!ring->slots)
		return false;
	for (left = ring->mask + 1; left > 0; left--) {
		const u32 events = READ_ONCE(ring->slots[--seq & ring->mask].word);

		if (!(events & MYEPOLL_RING_DEAD))
			return events;
		cond_resched();
	}
	return false;
}
