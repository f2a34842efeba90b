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
#include "target.h"
#include "wakeup.h"

#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

/* Events written in one go; on the stack. */
#define MYEP_CHUNK 16

/* The scratch of one scan that delivers. */
struct myep_harvest {
	struct eventpoll *ep;              /* (o) */
	struct epoll_event __user *events; /* (o) */
	struct epoll_event *chunk;         /* (o) */
	struct list_head *last;            /* (o) of those that are in the chunk or out; or NULL */
	struct list_head *unready;         /* (o) to be dropped when the chunk is out; or NULL */
	poll_table pt;                     /* (o) of all questions */
	unsigned int room;                 /* (o) events that fit at @events */
	unsigned int written;              /* (o) events in user memory */
	unsigned int pending;              /* (o) events in the chunk */
	unsigned int fetched;              /* (o) events up to which pages were fetched before */
	bool hole;                         /* (o) user memory ends where the room does */
	__poll_t interests;                /* (o) of all those up to @last */
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
	return done;
}

/*
 * Ask ready items from @pos on, oldest first, until the chunk or the user's buffer is full, or one
 * is not ready behind some that are. Return: where to go on.
 */
static struct list_head *myep_fill(struct myep_harvest *harvest, struct list_head *pos)
{
	struct eventpoll *ep = harvest->ep;
	const unsigned int room = min_t(unsigned int, harvest->room - harvest->written, MYEP_CHUNK);
	unsigned int pending = 0;
	struct list_head *next;

	harvest->unready = NULL;
	for (; pos != &ep->rdllist && pending < room; pos = next) {
		struct epitem *epi = list_entry(pos, struct epitem, rdllink);
		__poll_t ready;

		next = pos->next;
		myep_scan_took(ep, epi);
		ready = myep_item_poll(epi, &harvest->pt, 0);
		if (!ready && pending) {
			harvest->unready = pos;
			pos = next;
			break;
		}
		if (!ready) {
			myep_scan_unlinks(epi);
			cond_resched();
			continue;
		}
		harvest->last = pos;
		harvest->interests |= epi->event.events;
		harvest->chunk[pending].events = ready;
		harvest->chunk[pending].data = epi->event.data;
		pending++;
	}
	harvest->pending = pending;
	return pos;
}

/* As epoll, which finds the hole only when it has one more event. */
static void myep_drop_up_to_next_event(struct myep_harvest *harvest, struct list_head *pos)
{
	struct eventpoll *ep = harvest->ep;
	struct list_head *next;

	for (; pos != &ep->rdllist; pos = next) {
		struct epitem *epi = list_entry(pos, struct epitem, rdllink);

		next = pos->next;
		myep_scan_took(ep, epi);
		if (myep_item_poll(epi, &harvest->pt, 0)) {
			myep_scan_keeps(ep, epi);
			return;
		}
		myep_scan_unlinks(epi);
		cond_resched();
	}
}

/*
 * Ask and write in turn. An item is dropped only when all events before it are out: a fault leaves
 * what comes after it in its place; behaviours: 93. Return: false if user memory was missing.
 */
static bool myep_fill_and_flush(struct myep_harvest *harvest)
{
	struct list_head *const end = &harvest->ep->rdllist;
	struct list_head *pos = end->next;

	for (;;) {
		pos = myep_fill(harvest, pos);
		if (harvest->pending && !myep_flush(harvest))
			return false;
		harvest->written += harvest->pending;
		if (harvest->unready)
			myep_scan_unlinks(list_entry(harvest->unready, struct epitem, rdllink));
		if (pos == end || harvest->written == harvest->room)
			break;
		cond_resched();
	}
	if (unlikely(harvest->hole))
		myep_drop_up_to_next_event(harvest, pos);
	return true;
}

/*
 * The events are out: ONESHOT items fall silent, of the others the level-triggered stay ready.
 * Return: the last one of these, or NULL.
 */
static struct list_head *myep_settle(struct myep_harvest *harvest)
{
	struct eventpoll *ep = harvest->ep;
	struct list_head *kept = NULL;
	struct list_head *pos, *next;

	/* Mostly there is nothing to do. */
	if (!harvest->last || (!(harvest->interests & (EPOLLONESHOT | EPOLLET)) && likely(!ep->ws)))
		return harvest->last;

	for (pos = ep->rdllist.next;; pos = next) {
		struct epitem *epi = list_entry(pos, struct epitem, rdllink);
		const __poll_t interest = epi->event.events;
		const bool was_last = pos == harvest->last;

		next = pos->next;
		if (interest & EPOLLONESHOT)
			WRITE_ONCE(epi->event.events, interest & MYEP_PRIVATE_BITS);
		if (interest & (EPOLLONESHOT | EPOLLET)) {
			myep_scan_unlinks(epi);
		} else {
			myep_scan_keeps(ep, epi);
			kept = pos;
		}
		if (was_last)
			return kept;
	}
}

/* Nothing is out: what is in the list stays there, in the order it has. */
static void myep_undo(struct myep_harvest *harvest)
{
	const struct list_head *asked = harvest->unready ?: harvest->last;
	struct eventpoll *ep = harvest->ep;
	struct epitem *epi;

	if (likely(!ep->ws))
		return;
	list_for_each_entry(epi, &ep->rdllist, rdllink) {
		myep_scan_keeps(ep, epi);
		if (&epi->rdllink == asked)
			break;
	}
}

/* One scan. Return: false if user memory was missing; then it is as if there was no scan. */
static bool myep_scan(struct myep_harvest *harvest)
{
	struct eventpoll *ep = harvest->ep;
	struct list_head *delivered = NULL;
	bool done;

	harvest->last = NULL;
	harvest->interests = 0;
	harvest->written = 0;

	mutex_lock(&ep->mtx);
	myep_scan_begin(ep);
	done = myep_fill_and_flush(harvest);
	if (done)
		delivered = myep_settle(harvest);
	else
		myep_undo(harvest);
	myep_scan_end(ep, delivered);
	mutex_unlock(&ep->mtx);
	return done;
}

/*
 * Fetch the pages up to the one that was missing, and as many again, so that a large buffer does
 * not cost a scan per page. If that did not help, only a store will tell: a shadow stack is
 * writeable by all that can be asked, and yet is not. Return: the events that fit before the
 * first forbidden page.
 */
static unsigned int myep_fault_in(struct myep_harvest *harvest, unsigned int maxevents)
{
	const unsigned int tried = harvest->written + harvest->pending;
	char __user *const buffer = (char __user *)harvest->events;
	size_t size, missing;

	if (tried > harvest->fetched) {
		harvest->fetched = tried;
		size = min(maxevents, 2 * tried) * sizeof(*harvest->events);
		missing = fault_in_safe_writeable(buffer, size);
	} else {
		size = tried * sizeof(*harvest->events);
		missing = fault_in_writeable(buffer, size);
	}
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
	/* Copied out only where it was filled: not worth what -ftrivial-auto-var-init costs. */
	struct epoll_event chunk[MYEP_CHUNK] __attribute__((uninitialized));
	struct myep_harvest harvest = {
		.ep = ep,
		.events = events,
		.chunk = chunk,
		.room = maxevents,
	};

	do {
		if (fatal_signal_pending(current)) {
			myep_wake_next(ep);
			return -EINTR;
		}
		if (myep_scan(&harvest))
			return harvest.written;
		harvest.room = myep_fault_in(&harvest, maxevents);
		harvest.hole = harvest.room < maxevents;
		cond_resched();
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
	bool ready = false;
	poll_table pt = {};

	mutex_lock_nested(&ep->mtx, depth);
	myep_scan_begin(ep);
	list_for_each_entry_safe(epi, next, &ep->rdllist, rdllink) {
		if (myep_item_poll(epi, &pt, depth)) {
			ready = true;
			break;
		}
		myep_scan_drops(epi);
		cond_resched();
	}
	myep_scan_end(ep, NULL);
	mutex_unlock(&ep->mtx);
	return ready;
}
