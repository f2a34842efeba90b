// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scans: poll the target of each ready item, and hand out what it says.
 *
 * A poll cannot be taken back: what ->poll() says once it may never say again (behaviours: 164).
 * So there is one poll for one event, and no event may get lost for want of memory. A scan
 *
 *   probes  the memory of an event before its target is polled. If it is missing the scan ends,
 *           the page is fetched without ep->mtx, and the next scan goes on where this one ended;
 *   polls   the target;
 *   writes  the events, some at a time. If their memory is gone again by then, they are written
 *           after the scan.
 */
#include "buffer.h"
#include "eventpoll.h"
#include "ready.h"
#include "target.h"
#include "wakeup.h"

#include <linux/sched/signal.h>

/* How a scan ended. */
enum myep_scanned {
	MYEP_SCANNED, /* what is ready or fits is out */
	MYEP_MISSING, /* there is no memory for one more event, which has not been polled for */
	MYEP_FAULT,   /* and there will be none: a ready item stays where it is */
	MYEP_GONE,    /* the memory of the chunk was there, and it is not any more */
};

/* The scratch of one delivery, which takes a scan, or more if memory is missing. */
struct myep_harvest {
	struct eventpoll *ep;	   /* (o) */
	struct myep_buffer buffer; /* (o) */
	struct list_head *last;	   /* (o) of this scan's items whose event is out or in the chunk */
	struct list_head *last_left; /* (o) of the items that the scans before did not come to */
	unsigned long seq;	     /* (o) ep->scan_seq for which @last_left is true */
	bool hole;		     /* (o) the memory that is missing is forbidden */
	poll_table pt;		     /* (o) of all polls */
	__poll_t interests;	     /* (o) of all items up to @last */
};

/*
 * Poll ready items from @pos on, oldest first, until the chunk or the probed memory is full.
 * Return: where to go on.
 */
static struct list_head *myep_fill(struct myep_harvest *harvest, struct list_head *pos,
				   const struct list_head *end)
{
	struct myep_buffer *buffer = &harvest->buffer;
	const unsigned int room = min_t(unsigned int, buffer->fits - buffer->written, MYEP_CHUNK);
	struct eventpoll *ep = harvest->ep;
	unsigned int pending = 0;
	struct list_head *next;

	for (; pos != end && pending < room; pos = next) {
		struct epitem *epi = list_entry(pos, struct epitem, rdllink);
		__poll_t ready;

		next = pos->next;
		myep_scan_took(ep, epi);
		ready = myep_item_poll(epi, &harvest->pt, 0);
		if (!ready) {
			myep_scan_unlinks(epi);
			cond_resched();
			continue;
		}
		harvest->last = pos;
		harvest->interests |= READ_ONCE(epi->event.events);
		buffer->chunk[pending].events = ready;
		buffer->chunk[pending].data = epi->event.data;
		pending++;
	}
	buffer->pending = pending;
	return pos;
}

/*
 * The events are out, or will be: ONESHOT items fall silent, of the others the level-triggered
 * stay ready. Return: the last one of these, or NULL.
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
		const __poll_t interest = READ_ONCE(epi->event.events);
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

/*
 * Where a scan ends. One that is not the first of its delivery is of what the one before left, or
 * it could repeat an event; if others have scanned or removed an item since, nobody can tell any
 * more what that is.
 */
static struct list_head *myep_scan_limit(struct myep_harvest *harvest)
{
	struct eventpoll *ep = harvest->ep;

	lockdep_assert_held(&ep->mtx);
	if (likely(!harvest->last_left))
		return &ep->rdllist;
	/* The scan itself counts for one. */
	if (ep->scan_seq != harvest->seq + 1)
		return ep->rdllist.next;
	return harvest->last_left->next;
}

/*
 * Epoll finds out that memory is forbidden when it has one more event: drop what is not ready,
 * and leave the first item that is; behaviours: 92, 93.
 */
static enum myep_scanned myep_meet_hole(struct myep_harvest *harvest, struct list_head *pos,
					const struct list_head *end)
{
	struct eventpoll *ep = harvest->ep;
	struct list_head *next;

	for (; pos != end; pos = next) {
		struct epitem *epi = list_entry(pos, struct epitem, rdllink);

		next = pos->next;
		myep_scan_took(ep, epi);
		if (myep_item_poll(epi, &harvest->pt, 0)) {
			myep_scan_keeps(ep, epi);
			return MYEP_FAULT;
		}
		myep_scan_unlinks(epi);
		cond_resched();
	}
	return MYEP_SCANNED;
}

/* The next scan is to be of what this one leaves. */
static void myep_leave(struct myep_harvest *harvest, const struct list_head *end)
{
	harvest->last_left = end->prev;
	/* Once this scan has ended. */
	harvest->seq = harvest->ep->scan_seq + 1;
}

/* There is no memory for one more event. Return: whether there may be. */
static noinline enum myep_scanned myep_lack(struct myep_harvest *harvest, struct list_head *pos,
					    const struct list_head *end)
{
	if (harvest->hole)
		return myep_meet_hole(harvest, pos, end);
	if (harvest->buffer.written)
		myep_leave(harvest, end);
	return MYEP_MISSING;
}

/* The chunk cannot be written before the scan has ended: note whose events it has. */
static noinline enum myep_scanned myep_defer(struct myep_harvest *harvest,
					     struct epoll_filefd *keys, const struct list_head *pos,
					     const struct list_head *end)
{
	const struct list_head *item = harvest->last;
	unsigned int i;

	/* They are neighbours: what stood between them was dropped. */
	for (i = harvest->buffer.pending; i > 0; item = item->prev)
		keys[--i] = list_entry(item, struct epitem, rdllink)->ffd;
	harvest->last_left = NULL;
	if (pos != end)
		myep_leave(harvest, end);
	return MYEP_GONE;
}

/* A scan: probe, poll and write in turn. @keys: receives those of the chunk if MYEP_GONE. */
static enum myep_scanned myep_scan(struct myep_harvest *harvest, struct epoll_filefd *keys)
{
	struct myep_buffer *buffer = &harvest->buffer;
	struct eventpoll *ep = harvest->ep;
	enum myep_scanned scanned = MYEP_SCANNED;
	struct list_head *pos, *end;

	harvest->last = NULL;
	harvest->interests = 0;

	mutex_lock(&ep->mtx);
	myep_scan_begin(ep);
	end = myep_scan_limit(harvest);
	pos = ep->rdllist.next;
	while (pos != end) {
		if (buffer->written == buffer->fits && !myep_buffer_probe(buffer)) {
			scanned = myep_lack(harvest, pos, end);
			break;
		}
		pos = myep_fill(harvest, pos, end);
		if (buffer->pending && !myep_buffer_write(buffer)) {
			scanned = myep_defer(harvest, keys, pos, end);
			break;
		}
		if (pos == end || buffer->written == buffer->maxevents)
			break;
		cond_resched();
	}
	myep_scan_end(ep, myep_settle(harvest));
	mutex_unlock(&ep->mtx);
	return scanned;
}

/*
 * Write what could not be written during the scan, whose items have been treated as if it were.
 * What still cannot be is queued again, by key: the mutex was free, and an item may be gone. A
 * ONESHOT item that is silent stays so: it may have been armed, and have fired, since.
 */
static noinline enum myep_scanned myep_write_late(struct myep_harvest *harvest,
						  const struct epoll_filefd *keys)
{
	struct myep_buffer *buffer = &harvest->buffer;
	unsigned int i = myep_buffer_write_late(buffer);
	struct eventpoll *ep = harvest->ep;

	if (i == buffer->pending)
		return harvest->last_left && buffer->written < buffer->maxevents ? MYEP_MISSING :
										   MYEP_SCANNED;
	mutex_lock(&ep->mtx);
	for (; i < buffer->pending; i++) {
		struct epitem *epi = myep_find(ep, keys[i].file, keys[i].fd);

		if (epi && (READ_ONCE(epi->event.events) & ~MYEP_PRIVATE_BITS))
			myep_announce(ep, epi);
	}
	mutex_unlock(&ep->mtx);
	return MYEP_FAULT;
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
	/* Read only where they were written: not worth what -ftrivial-auto-var-init costs. */
	struct epoll_event chunk[MYEP_CHUNK] __attribute__((uninitialized));
	struct epoll_filefd keys[MYEP_CHUNK] __attribute__((uninitialized));
	struct myep_harvest harvest __attribute__((uninitialized));
	enum myep_scanned scanned;

	harvest.ep = ep;
	harvest.last_left = NULL;
	harvest.hole = false;
	harvest.pt._qproc = NULL;
	myep_buffer_init(&harvest.buffer, events, maxevents, chunk);

	for (;;) {
		if (fatal_signal_pending(current)) {
			myep_wake_next(ep);
			return -EINTR;
		}
		scanned = myep_scan(&harvest, keys);
		if (unlikely(scanned == MYEP_GONE))
			scanned = myep_write_late(&harvest, keys);
		if (likely(scanned != MYEP_MISSING))
			break;
		harvest.hole = !myep_buffer_fetch(&harvest.buffer);
		cond_resched();
	}
	if (scanned == MYEP_FAULT && !harvest.buffer.written)
		return -EFAULT;
	return harvest.buffer.written;
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
