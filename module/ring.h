/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring of an instance: where events are posted, and taken back. Inline, because the callback
 * does it.
 *
 * An item that may use the ring is pending in at most one place: on the ready list or the overflow
 * list, or in the slot at its place, if that slot is still its own and not free. All that changes
 * this holds ep->lock. The program takes events out without it: see ring_slot.h.
 */
#ifndef MYEPOLL_RING_H
#define MYEPOLL_RING_H

#include "eventpoll.h"
#include "ready.h"
#include "trace.h"

#include <linux/mm_types.h>
#include <linux/seq_file.h>
#include "ring_slot.h"

struct myep_ring {
	struct myepoll_ring_slot *slots; /* (i) NULL: only a header; see ring_slot.h */
	struct myep_epitem **owner; /* (l) whose event is, or was, in each slot; never followed */
	u32 mask;		    /* (i) number of slots - 1 */
	u64 posted;		    /* (l) events; its low half is the next one's number */
	u64 merged;		    /* (l) additions to an event that had not been taken */
	u64 taken_back;		    /* (l) events */
	u64 refused;		    /* (l) events that found no free slot */
	struct myepoll_ring_header *header; /* (i) .state: written under (l) */
	struct myep_user *user;		    /* (i) counted; charged for the pages */
	refcount_t refcount;		    /* (a) the instance, and the ring's file */
	unsigned int charged;		    /* (i) pages, with those of @owner */
	unsigned int count;		    /* (i) of @pages */
	struct page *pages[];		    /* (i) the header's, then those of the slots */
};

long myep_ioc_ring(struct myep_eventpoll *ep, void __user *arg);
void myep_ring_put(struct myep_ring *ring);
void myep_ring_show(struct seq_file *m, const struct myep_ring *ring);
void myep_ring_close(struct myep_eventpoll *ep);
bool myep_ring_untaken(struct myep_eventpoll *ep);
void myep_ring_join_locked(struct myep_epitem *epi, u32 flags);
void myep_take_back_locked(struct myep_eventpoll *ep, struct myep_epitem *epi);

/* For those who hold a lock, or are the last to use the instance. Most do not even have @ws. */
static inline bool myep_has_ring(const struct myep_eventpoll *ep)
{
	return unlikely(ep->ws) && ep->has_ring;
}

/* The instance's ring, if it has one with slots. For those who do not hold a lock. */
static inline const struct myep_ring *myep_ring_with_slots(const struct myep_eventpoll *ep)
{
	/* [b8] pairs with myep_ring_set() */
	if (likely(!READ_ONCE(ep->ws)) || !smp_load_acquire(&ep->has_ring))
		return NULL;
	return ep->ring->slots ? ep->ring : NULL;
}

/* Has an event been posted that a consumer whose head is @seen has not seen? */
static inline bool myep_ring_passed(const struct myep_ring *ring, u32 seen)
{
	return (u32)READ_ONCE(ring->posted) != seen;
}

/* Tell the program whether a WAIT has something to look at: whether a list has items. */
static inline void myep_ring_note_list(struct myep_eventpoll *ep, bool has_items)
{
	u32 *state = &ep->ring->header->state;

	lockdep_assert_held(&ep->lock);
	WRITE_ONCE(*state, has_items ? *state | MYEPOLL_RING_WAIT : *state & ~MYEPOLL_RING_WAIT);
}

bool myep_posted_locked(const struct myep_epitem *epi);

/* May events of the item be posted? */
static inline bool myep_on_ring(const struct myep_epitem *epi)
{
	return epi->ws && epi->ep->has_ring;
}

/* A ONESHOT item has its event: nothing more until it is modified (behaviours: 57). */
static __always_inline void myep_post_disarms(struct myep_epitem *epi, __poll_t interest)
{
	if (unlikely(interest & EPOLLONESHOT))
		WRITE_ONCE(epi->event.events, interest & MYEP_PRIVATE_BITS);
}

/* The sequence number of the event that the item has, or had, on the ring. */
static inline u32 myep_seq_locked(const struct myep_epitem *epi)
{
	const struct myep_ring *ring = epi->ep->ring;
	const u32 last = ring->posted - 1;

	lockdep_assert_held(&epi->ep->lock);
	return last - ((last - epi->place.at) & ring->mask);
}

/* Return: MYEP_POSTED, MYEP_MERGED, or MYEP_REFUSED if the item must be queued. */
static __always_inline enum myep_outcome
myep_post_locked(struct myep_eventpoll *ep, struct myep_epitem *epi, u32 bits, __poll_t interest)
{
	struct myep_ring *ring = ep->ring;
	struct myepoll_ring_slot *slots = ring->slots;
	const u64 posted = ring->posted;
	const u32 seq = posted;
	const u32 at = seq & ring->mask;

	lockdep_assert_held(&ep->lock);
	if (ring->owner[epi->place.at] == epi && myep_slot_add(&slots[epi->place.at], bits)) {
		ring->merged++;
		myep_post_disarms(epi, interest);
		return MYEP_MERGED;
	}
	if (unlikely(!myep_slot_post(&slots[at], bits, epi->event.data, seq))) {
		ring->refused++;
		return MYEP_REFUSED;
	}
	ring->owner[at] = epi;
	epi->place.at = at;
	WRITE_ONCE(ring->posted, posted + 1);
	myep_post_disarms(epi, interest);
	return MYEP_POSTED;
}

/*
 * Is the item to be queued where it is? A scan writes the interest of ONESHOT items, so that must
 * not be done here.
 */
static __always_inline bool myep_stays_listed_locked(const struct myep_eventpoll *ep,
						     const struct myep_epitem *epi,
						     __poll_t interest)
{
	lockdep_assert_held(&ep->lock);
	return !list_empty(&epi->rdllink) || epi->ovflist_next != MYEP_NOT_OVERFLOWED ||
	       (unlikely(interest & EPOLLONESHOT) && ep->ovflist != MYEP_NO_SCAN);
}

static __always_inline enum myep_outcome myep_queue_locked(struct myep_eventpoll *ep,
							   struct myep_epitem *epi)
{
	lockdep_assert_held(&ep->lock);
	return myep_outcome_locked(ep, myep_set_ready_locked(ep, epi));
}

/**
 * myep_offer_locked() - an item's target is ready: post that, or queue the item
 * @ep: the instance, with a ring
 * @epi: an item of it
 * @ready: what is ready, of its interest; 0 if that is not known
 * @interest: its interest
 * @traced: a constant: whether to fire the trace event
 *
 * Context: any, ep->lock held.
 * Return: what became of the item.
 */
static __always_inline enum myep_outcome myep_offer_locked(struct myep_eventpoll *ep,
							   struct myep_epitem *epi, __poll_t ready,
							   __poll_t interest, bool traced)
{
	const u32 bits = (__force u32)ready & MYEPOLL_RING_EVENTS;
	enum myep_outcome outcome;

	lockdep_assert_held(&ep->lock);
	if (likely(epi->place.on) && !myep_stays_listed_locked(ep, epi, interest)) {
		/* A callback has been faster than the ADD or MOD of a ONESHOT item. */
		if (!(interest & ~MYEP_PRIVATE_BITS))
			return MYEP_DISABLED;
		if (likely(bits)) {
			outcome = myep_post_locked(ep, epi, bits, interest);
			if (traced && outcome != MYEP_REFUSED)
				trace_myepoll_post(ep, epi, bits, myep_seq_locked(epi));
			if (outcome != MYEP_REFUSED)
				return outcome;
		}
		myep_take_back_locked(ep, epi);
	}
	return myep_queue_locked(ep, epi);
}

#endif /* MYEPOLL_RING_H */
