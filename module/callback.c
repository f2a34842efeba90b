// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hook on a target's wait queues: attach, run, detach.
 *
 * myep_poll_callback() runs with the lock of a foreign wait queue held and interrupts off, possibly
 * in hard interrupt context. It may take ep->lock and wake; it may not sleep, poll or allocate.
 * Several can run at once for one item (a target with two wait queues) and any number for one
 * instance; ep->lock serializes them. Once myep_detach() returns, none runs: it takes the lock
 * under which they run.
 */
#include "callback.h"
#include "busy_poll.h"
#include "item.h"
#include "ready.h"
#include "ring.h"
#include "target.h"
#include "wake.h"

#include <linux/rcupdate.h>

/* The poll table of an ADD, with what the queue proc needs. */
struct myep_pqueue {
	poll_table pt;		 /* (i) */
	struct myep_epitem *epi; /* (i) */
	int error;		 /* (o) */
};

/* The target's own poll_wait.lock is held: its wakeup called us. */
static unsigned int myep_wake_depth(const struct myep_epitem *epi)
{
	const struct file *file = epi->ffd.file;

	if (!myep_is_instance(file))
		return 0;
	return ((struct myep_eventpoll *)file->private_data)->wake_depth + 1;
}

/* The outcome of a wakeup of the target. */
struct myep_notified {
	bool handled;	   /* (o) an exclusive wakeup need not go further */
	bool wake_pollers; /* (o) still to do, without the lock */
};

/*
 * Queue the item if the key matches its interest, or post the event on the ring, and wake
 * (behaviours: 48, 91).
 */
static __always_inline struct myep_notified myep_notify(struct myep_eventpoll *ep,
							struct myep_epitem *epi, __poll_t key,
							bool sync, bool ringed, bool traced)
{
	struct myep_notified notified = {};
	bool taken = false;
	unsigned long flags;
	__poll_t interest;

	spin_lock_irqsave(&ep->lock, flags);
	ep->count.callbacks++;
	/* [b2] pairs with myep_modify() */
	interest = READ_ONCE(epi->event.events);
	/* A ONESHOT item that has fired is disabled; a key of 0 does not say what is ready. */
	if (!(interest & ~MYEP_PRIVATE_BITS)) {
		ep->count.disabled++;
		if (traced)
			trace_myepoll_notify(ep, epi, key, MYEP_DISABLED);
	} else if (key && !(key & interest)) {
		if (traced)
			trace_myepoll_notify(ep, epi, key, MYEP_UNWANTED);
	} else {
		enum myep_outcome outcome;

		if (ringed)
			outcome = myep_offer_locked(ep, epi, key & interest, interest, traced);
		else
			outcome = myep_queue_locked(ep, epi);
		if (traced)
			trace_myepoll_notify(ep, epi, key, outcome);
		if (myep_busy_polls(ep))
			myep_note_napi(ep, epi);
		taken = myep_wake_sleeper_locked(ep, interest, key, sync);
		notified.wake_pollers = waitqueue_active(&ep->poll_wait);
	}
	spin_unlock_irqrestore(&ep->lock, flags);
	/* With a ring no item is EPOLLEXCLUSIVE. */
	notified.handled = ringed || taken || !(interest & EPOLLEXCLUSIVE);
	return notified;
}

/* Never returns a negative value: that would end the wakeup for all behind (behaviours: 154). */
static __always_inline int myep_called(wait_queue_entry_t *wait, int sync, void *keyp, bool ringed,
				       bool traced)
{
	struct myep_eppoll_entry *pwq = container_of(wait, struct myep_eppoll_entry, wait);
	struct myep_epitem *epi = wait->private;
	struct myep_eventpoll *ep = epi->ep;
	__poll_t key = key_to_poll(keyp);
	struct myep_notified notified;

	notified = myep_notify(ep, epi, key, sync, ringed, traced);
	if (notified.wake_pollers)
		myep_wake_pollers(ep, key, myep_wake_depth(epi));

	if (unlikely(key & POLLFREE)) {
		list_del_init(&wait->entry);
		/* [b3] pairs with myep_detach_entry(), which may free the entry from here on */
		smp_store_release(&pwq->whead, NULL);
	}
	return notified.handled;
}

static noinline int myep_called_traced(wait_queue_entry_t *wait, int sync, void *keyp, bool ringed)
{
	return myep_called(wait, sync, keyp, ringed, true);
}

static int myep_poll_callback(wait_queue_entry_t *wait, unsigned int mode, int sync, void *keyp)
{
	if (trace_myepoll_notify_enabled())
		return myep_called_traced(wait, sync, keyp, false);
	return myep_called(wait, sync, keyp, false, false);
}

/* The same for all items of an instance with a ring. */
static int myep_ring_callback(wait_queue_entry_t *wait, unsigned int mode, int sync, void *keyp)
{
	if (trace_myepoll_notify_enabled())
		return myep_called_traced(wait, sync, keyp, true);
	return myep_called(wait, sync, keyp, true, false);
}

/* Called by ->poll() of the target, once for each of its wait queues. */
static void myep_queue_proc(struct file *file, wait_queue_head_t *whead, poll_table *pt)
{
	struct myep_pqueue *epq = container_of(pt, struct myep_pqueue, pt);
	struct myep_eppoll_entry *pwq;

	if (epq->error)
		return;
	pwq = myep_entry_alloc(epq->epi);
	if (!pwq) {
		epq->error = -ENOMEM;
		return;
	}
	init_waitqueue_func_entry(&pwq->wait, myep_poll_callback);
	pwq->wait.private = epq->epi;
	pwq->whead = whead;
	/* It had its ring before it had an item. */
	if (epq->epi->ep->has_ring)
		pwq->wait.func = myep_ring_callback;
	trace_myepoll_hook(epq->epi);
	if (epq->epi->event.events & EPOLLEXCLUSIVE)
		add_wait_queue_exclusive(whead, &pwq->wait);
	else
		add_wait_queue(whead, &pwq->wait);
}

/**
 * myep_attach() - hook an item on its target's wait queues
 * @epi: an item that was never attached
 * @error: receives 0, or -ENOMEM if an entry is missing (the others are in place)
 *
 * Context: process, epi->ep->mtx and a reference on the target held, may sleep.
 * Return: what of the item's interest is ready.
 */
__poll_t myep_attach(struct myep_epitem *epi, int *error)
{
	struct myep_pqueue epq = { .epi = epi };
	__poll_t ready;

	lockdep_assert_held(&epi->ep->mtx);
	init_poll_funcptr(&epq.pt, myep_queue_proc);
	epq.pt._key = epi->event.events;
	ready = myep_target_poll(epi->ffd.file, &epq.pt, 0);
	*error = epq.error;
	return ready & epi->event.events;
}

static void myep_detach_entry(struct myep_eppoll_entry *pwq)
{
	wait_queue_head_t *whead;

	rcu_read_lock();
	/* [b3] pairs with myep_poll_callback(); RCU keeps a queue that sends POLLFREE in memory */
	whead = smp_load_acquire(&pwq->whead);
	if (whead)
		remove_wait_queue(whead, &pwq->wait);
	rcu_read_unlock();
	/* Path B detaches twice. */
	pwq->whead = NULL;
}

/**
 * myep_detach() - remove an item from all wait queues
 * @epi: the item
 *
 * When it returns, no callback runs for the item and none will.
 *
 * Context: process, epi->ep->mtx held; ->release() of the target has not been called.
 */
void myep_detach(struct myep_epitem *epi)
{
	struct myep_eppoll_entry *pwq;

	lockdep_assert_held(&epi->ep->mtx);
	for (pwq = &epi->first; pwq; pwq = pwq->next)
		myep_detach_entry(pwq);
	myep_entries_free(epi);
}
