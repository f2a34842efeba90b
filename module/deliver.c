// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scans: ask each ready item's target again, and hand out what it says.
 *
 * User memory is written while ep->mtx is held, because what was written decides what stays
 * ready. But no page is waited for under it, or a buffer on a slow page (userfaultfd, FUSE)
 * would stall CTL, poll() and every close of a watched file. So page faults are off. If a page
 * is missing, the scan is undone as if it had not been, the page is fetched without the mutex,
 * and the scan begins anew.
 */
#include "eventpoll.h"
#include "ready.h"

#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

/* Events written in one go; on the stack. */
#define MYEP_CHUNK 16

/* The scratch of one scan that delivers. */
struct myep_harvest {
	struct eventpoll *ep;              /* (o) */
	struct list_head batch;            /* (o) items taken, not asked yet */
	struct list_head delivered;        /* (o) items in the chunk or in user memory */
	struct epoll_event __user *events; /* (o) */
	unsigned int room;                 /* (o) events that fit at @events */
	unsigned int written;              /* (o) events in user memory */
	unsigned int pending;              /* (o) events in the chunk */
	struct epoll_event chunk[MYEP_CHUNK]; /* (o) */
};

/* Write the chunk out. Return: false if a page is missing or forbidden. */
static bool myep_flush(struct myep_harvest *harvest)
{
	struct epoll_event __user *to = harvest->events + harvest->written;
	const struct epoll_event *from = harvest->chunk;
	const struct epoll_event *end = from + harvest->pending;
	bool done = false;

	pagefault_disable();
	if (!user_write_access_begin(to, harvest->pending * sizeof(*to)))
		goto out;
	for (; from < end; from++, to++) {
		unsafe_put_user(from->events, &to->events, fault);
		unsafe_put_user(from->data, &to->data, fault);
	}
	done = true;
fault:
	user_write_access_end();
out:
	pagefault_enable();
	if (done) {
		harvest->written += harvest->pending;
		harvest->pending = 0;
	}
	return done;
}

/* Ask the items of the batch, oldest first. Return: false if user memory was missing. */
static bool myep_fill(struct myep_harvest *harvest)
{
	struct epitem *epi, *next;

	list_for_each_entry_safe(epi, next, &harvest->batch, rdllink) {
		struct epoll_event *event;
		__poll_t ready;

		myep_scan_took(harvest->ep, epi);
		ready = myep_item_poll(epi, 0);
		if (!ready) {
			list_del_init(&epi->rdllink);
			cond_resched();
			continue;
		}
		list_move_tail(&epi->rdllink, &harvest->delivered);
		event = &harvest->chunk[harvest->pending++];
		event->events = ready;
		event->data = epi->event.data;

		if (harvest->written + harvest->pending == harvest->room)
			break;
		if (harvest->pending == MYEP_CHUNK && !myep_flush(harvest))
			return false;
	}
	return !harvest->pending || myep_flush(harvest);
}

/* The events are out: ONESHOT items fall silent, of the others the level-triggered stay ready. */
static void myep_settle(struct myep_harvest *harvest)
{
	struct epitem *epi, *next;

	list_for_each_entry_safe(epi, next, &harvest->delivered, rdllink) {
		const __poll_t interest = epi->event.events;

		if (interest & EPOLLONESHOT)
			WRITE_ONCE(epi->event.events, interest & MYEP_PRIVATE_BITS);
		if (interest & (EPOLLONESHOT | EPOLLET))
			list_del_init(&epi->rdllink);
		else
			myep_scan_keeps(harvest->ep, epi);
	}
}

/* Nothing is out: all items stay ready, in the order they had. */
static void myep_undo(struct myep_harvest *harvest)
{
	struct epitem *epi;

	list_for_each_entry(epi, &harvest->delivered, rdllink)
		myep_scan_keeps(harvest->ep, epi);
	list_splice_init(&harvest->delivered, &harvest->batch);
}

/* One scan. Return: false if user memory was missing; then it is as if there was no scan. */
static bool myep_scan(struct myep_harvest *harvest)
{
	struct eventpoll *ep = harvest->ep;
	bool done;

	INIT_LIST_HEAD(&harvest->batch);
	INIT_LIST_HEAD(&harvest->delivered);
	harvest->written = 0;
	harvest->pending = 0;

	mutex_lock(&ep->mtx);
	myep_scan_begin(ep, &harvest->batch);
	done = myep_fill(harvest);
	if (done)
		myep_settle(harvest);
	else
		myep_undo(harvest);
	myep_scan_end(ep, &harvest->batch, &harvest->delivered);
	mutex_unlock(&ep->mtx);
	return done;
}

/*
 * Fetch the pages up to the one that was missing, and as many again, so that a large buffer does
 * not cost a scan per page. Return: the events that fit before the first forbidden page.
 */
static unsigned int myep_fault_in(struct myep_harvest *harvest, unsigned int maxevents)
{
	unsigned int tried = harvest->written + harvest->pending;
	size_t size = min(maxevents, 2 * tried) * sizeof(*harvest->events);
	size_t missing = fault_in_safe_writeable((char __user *)harvest->events, size);

	return missing ? (size - missing) / sizeof(*harvest->events) : maxevents;
}

/**
 * myep_deliver() - hand out events without sleeping for them
 * @ep: the instance
 * @events: receives up to @maxevents events; checked by access_ok()
 * @maxevents: room in @events, at least 1
 *
 * Events that do not fit, because of @maxevents or of a hole in user memory, stay at the head of
 * the ready list; behaviours: 92, 93.
 *
 * Context: process, may sleep for ep->mtx and for user memory.
 * Return: number of events, -EFAULT if not even one could be written, -EINTR if the task is to
 * die (ready events shall not keep it; behaviours: 89). It may have been woken for them, so then
 * the next sleeper is; epoll leaves that one asleep.
 */
int myep_deliver(struct eventpoll *ep, struct epoll_event __user *events, int maxevents)
{
	struct myep_harvest harvest;

	harvest.ep = ep;
	harvest.events = events;
	harvest.room = maxevents;
	do {
		if (fatal_signal_pending(current)) {
			myep_wake_next(ep);
			return -EINTR;
		}
		if (myep_scan(&harvest))
			return harvest.written;
		harvest.room = myep_fault_in(&harvest, maxevents);
	} while (harvest.room);
	return -EFAULT;
}

/**
 * myep_any_ready() - is some item ready now?
 * @ep: the instance
 * @depth: how many instances ask through one another
 *
 * A scan that delivers nothing: items found not ready are dropped from the ready list, the rest
 * stays as it is; behaviours: 116, 135.
 *
 * Context: process, may sleep.
 */
bool myep_any_ready(struct eventpoll *ep, unsigned int depth)
{
	struct epitem *epi, *next;
	LIST_HEAD(requeue);
	LIST_HEAD(batch);
	bool ready = false;

	mutex_lock_nested(&ep->mtx, depth);
	myep_scan_begin(ep, &batch);
	list_for_each_entry_safe(epi, next, &batch, rdllink) {
		if (myep_item_poll(epi, depth)) {
			ready = true;
			break;
		}
		myep_scan_drops(epi);
		cond_resched();
	}
	myep_scan_end(ep, &batch, &requeue);
	mutex_unlock(&ep->mtx);
	return ready;
}
