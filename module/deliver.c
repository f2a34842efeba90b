// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scans: poll the target of each ready item, and deliver what it returns.
 *
 * A poll cannot be undone: ->poll() may report a condition only once (behaviours: 164). So each
 * event is polled for once, and must not be lost because its buffer is missing. A scan
 *
 *   probes  the buffer before it polls. If a page is missing the scan ends, the page is faulted in
 *           without ep->mtx, and another scan continues where this one ended;
 *   polls   the target;
 *   writes  the events, in chunks. If a probed page has gone by then, the chunk is written after
 *           the scan.
 */
#include "deliver.h"
#include "buffer.h"
#include "item.h"
#include "ready.h"
#include "target.h"
#include "trace.h"
#include "wake.h"
#include "wakeup_source.h"

#include <linux/sched/signal.h>

/* How a scan ended. */
enum myep_scan_result {
	MYEP_SCAN_DONE,	   /* all that is ready, or all that fits, has been written */
	MYEP_SCAN_NO_PAGE, /* a page is missing for one more event, which has not been polled for */
	MYEP_SCAN_FAULT,   /* a page is not writable: a ready item stays where it is */
	MYEP_SCAN_DEFERRED, /* a probed page has gone: the chunk is still to be written */
};

/* The state of one delivery: one scan, or several if pages are missing. */
struct myep_harvest {
	struct myep_eventpoll *ep;   /* (o) */
	struct myep_buffer buffer;   /* (o) */
	struct list_head *last;	     /* (o) this scan's last item that was delivered */
	struct list_head *last_left; /* (o) NULL, or where a further scan ends: at the last item
				      * that the first left, or at the list's head
				      */
	unsigned long seq;	     /* (o) the ep->scan_seq at which @last_left is valid */
	bool forbidden;		     /* (o) the missing page is not writable */
	poll_table pt;		     /* (o) reused by all polls */
	__poll_t interests;	     /* (o) of all items up to @last, combined */
};

/*
 * Poll ready items from @pos on, oldest first, until the chunk or the probed buffer is full.
 * Return: where to continue.
 */
static __always_inline struct list_head *myep_scan_fill(struct myep_eventpoll *ep,
							struct myep_harvest *harvest,
							struct list_head *pos,
							const struct list_head *end, bool traced)
{
	struct myep_buffer *buffer = &harvest->buffer;
	unsigned int room = min_t(unsigned int, buffer->fits - buffer->written, MYEP_CHUNK);
	const unsigned int all = room;
	struct epoll_event *event = buffer->chunk;
	struct list_head *next;

	for (; pos != end && room; pos = next) {
		struct myep_epitem *epi = list_entry(pos, struct myep_epitem, rdllink);
		__poll_t ready;

		next = pos->next;
		myep_scan_take(ep, epi);
		ready = myep_item_poll(epi, &harvest->pt, 0);
		if (traced)
			trace_myepoll_poll(epi, ready);
		if (!ready) {
			myep_scan_unlink(epi);
			ep->scans.dropped++;
			cond_resched();
			continue;
		}
		harvest->last = pos;
		harvest->interests |= READ_ONCE(epi->event.events);
		event->events = ready;
		event->data = epi->event.data;
		event++;
		room--;
	}
	buffer->pending = all - room;
	return pos;
}

static void myep_trace_delivered(const struct myep_harvest *harvest)
{
	const struct list_head *pos = &harvest->ep->rdllist;

	while (harvest->last && pos != harvest->last) {
		pos = pos->next;
		trace_myepoll_deliver(list_entry(pos, struct myep_epitem, rdllink));
	}
}

/*
 * All events are written, or will be: disable ONESHOT items, unlink edge-triggered ones; the others
 * stay ready. Return: the last item that stays, or NULL.
 */
static __always_inline struct list_head *myep_scan_settle(struct myep_eventpoll *ep,
							  struct myep_harvest *harvest, bool traced)
{
	struct list_head *kept = NULL;
	struct list_head *pos, *next;

	if (traced)
		myep_trace_delivered(harvest);
	/* Common case: level-triggered only. */
	if (!harvest->last || (!(harvest->interests & (EPOLLONESHOT | EPOLLET)) && likely(!ep->ws)))
		return harvest->last;

	for (pos = ep->rdllist.next;; pos = next) {
		struct myep_epitem *epi = list_entry(pos, struct myep_epitem, rdllink);
		const __poll_t interest = READ_ONCE(epi->event.events);
		const bool was_last = pos == harvest->last;

		next = pos->next;
		if (interest & EPOLLONESHOT)
			WRITE_ONCE(epi->event.events, interest & MYEP_PRIVATE_BITS);
		if (interest & (EPOLLONESHOT | EPOLLET)) {
			myep_scan_unlink(epi);
		} else {
			myep_scan_keep(ep, epi);
			kept = pos;
		}
		if (was_last)
			return kept;
	}
}

/*
 * Where a further scan of a WAIT ends. It covers only what the first left, or it could report an
 * event twice. It covers nothing if somebody else has scanned or removed a ready item since: then
 * nobody knows which items were left.
 */
static noinline struct list_head *myep_rescan_limit(struct myep_harvest *harvest)
{
	struct myep_eventpoll *ep = harvest->ep;

	lockdep_assert_held(&ep->mtx);
	ep->scans.rescans++;
	ep->scans.delivered -= harvest->buffer.written;
	if (harvest->last_left == &ep->rdllist)
		return &ep->rdllist;
	/* myep_scan_begin() has advanced it once. */
	if (ep->scan_seq != harvest->seq + 1)
		return ep->rdllist.next;
	return harvest->last_left->next;
}

/*
 * epoll notices that the buffer is not writable when it has one more event. So drop items that are
 * not ready, and stop at the first that is (behaviours: 92, 93).
 */
static enum myep_scan_result myep_scan_until_ready(struct myep_harvest *harvest,
						   struct list_head *pos,
						   const struct list_head *end)
{
	struct myep_eventpoll *ep = harvest->ep;
	struct list_head *next;

	for (; pos != end; pos = next) {
		struct myep_epitem *epi = list_entry(pos, struct myep_epitem, rdllink);
		__poll_t ready;

		next = pos->next;
		myep_scan_take(ep, epi);
		ready = myep_item_poll(epi, &harvest->pt, 0);
		trace_myepoll_poll(epi, ready);
		if (ready) {
			myep_scan_keep(ep, epi);
			return MYEP_SCAN_FAULT;
		}
		myep_scan_unlink(epi);
		ep->scans.dropped++;
		cond_resched();
	}
	return MYEP_SCAN_DONE;
}

/* Let the next scan cover what this one leaves. */
static void myep_note_rest(struct myep_harvest *harvest, const struct list_head *end)
{
	harvest->last_left = end->prev;
	/* Its value once this scan has ended. */
	harvest->seq = harvest->ep->scan_seq + 1;
}

/* The probe failed. */
static noinline enum myep_scan_result
myep_page_missing(struct myep_harvest *harvest, struct list_head *pos, const struct list_head *end)
{
	if (harvest->forbidden)
		return myep_scan_until_ready(harvest, pos, end);
	if (harvest->buffer.written)
		myep_note_rest(harvest, end);
	else
		harvest->last_left = &harvest->ep->rdllist;
	return MYEP_SCAN_NO_PAGE;
}

/* The chunk cannot be written before the scan ends: save the keys of its items. */
static noinline enum myep_scan_result myep_defer_chunk(struct myep_harvest *harvest,
						       struct myep_epoll_filefd *keys,
						       const struct list_head *pos,
						       const struct list_head *end)
{
	const struct list_head *item = harvest->last;
	unsigned int i;

	/* They are neighbours: items between them were unlinked. */
	for (i = harvest->buffer.pending; i > 0; item = item->prev)
		keys[--i] = list_entry(item, struct myep_epitem, rdllink)->ffd;
	harvest->ep->scans.delivered += harvest->buffer.pending;
	harvest->last_left = NULL;
	if (pos != end)
		myep_note_rest(harvest, end);
	return MYEP_SCAN_DEFERRED;
}

/* One scan: probe, poll, write, repeat. @keys receives the chunk's if MYEP_SCAN_DEFERRED. */
static __always_inline enum myep_scan_result myep_scan(struct myep_eventpoll *ep,
						       struct myep_harvest *harvest,
						       struct myep_epoll_filefd *keys, bool traced)
{
	struct myep_buffer *buffer = &harvest->buffer;
	enum myep_scan_result result = MYEP_SCAN_DONE;
	struct list_head *pos, *end;

	harvest->last = NULL;
	harvest->interests = 0;

	mutex_lock(&ep->mtx);
	myep_scan_begin(ep, traced);
	end = likely(!harvest->last_left) ? &ep->rdllist : myep_rescan_limit(harvest);
	pos = ep->rdllist.next;
	while (pos != end) {
		if (buffer->written == buffer->fits && !myep_buffer_probe(buffer)) {
			result = myep_page_missing(harvest, pos, end);
			break;
		}
		pos = myep_scan_fill(ep, harvest, pos, end, traced);
		if (buffer->pending && !myep_buffer_write(buffer)) {
			result = myep_defer_chunk(harvest, keys, pos, end);
			break;
		}
		if (pos == end || buffer->written == buffer->maxevents)
			break;
		cond_resched();
	}
	ep->scans.delivered += buffer->written;
	myep_scan_end(ep, myep_scan_settle(ep, harvest, traced), traced);
	mutex_unlock(&ep->mtx);
	return result;
}

/*
 * Write the chunk that could not be written during the scan. The scan has treated the chunk's items
 * as delivered. Those whose events still cannot be written are queued again, by key: ep->mtx was
 * released, so an item may be gone. A disabled ONESHOT item stays disabled: it may have been
 * enabled, and have fired, in between.
 */
static noinline enum myep_scan_result myep_write_deferred(struct myep_harvest *harvest,
							  const struct myep_epoll_filefd *keys)
{
	struct myep_buffer *buffer = &harvest->buffer;
	unsigned int i = myep_buffer_write_deferred(buffer);
	struct myep_eventpoll *ep = harvest->ep;

	if (i == buffer->pending)
		return harvest->last_left && buffer->written < buffer->maxevents ?
			       MYEP_SCAN_NO_PAGE :
			       MYEP_SCAN_DONE;
	mutex_lock(&ep->mtx);
	ep->scans.delivered -= buffer->pending - i;
	for (; i < buffer->pending; i++) {
		struct myep_epitem *epi = myep_find(ep, keys[i].file, keys[i].fd);

		if (epi && (READ_ONCE(epi->event.events) & ~MYEP_PRIVATE_BITS))
			myep_queue_and_wake(ep, epi, 0);
	}
	mutex_unlock(&ep->mtx);
	return MYEP_SCAN_FAULT;
}

static __always_inline long myep_deliver_as(struct myep_eventpoll *ep,
					    struct epoll_event __user *events, int maxevents,
					    struct list_head *left, bool traced)
{
	/* Never read before written, so save the cost of -ftrivial-auto-var-init. */
	struct epoll_event chunk[MYEP_CHUNK] __attribute__((uninitialized));
	struct myep_epoll_filefd keys[MYEP_CHUNK] __attribute__((uninitialized));
	struct myep_harvest harvest __attribute__((uninitialized));
	enum myep_scan_result result;

	harvest.ep = ep;
	harvest.last_left = left;
	harvest.forbidden = false;
	harvest.pt._qproc = NULL;
	myep_buffer_init(&harvest.buffer, events, maxevents, chunk);

	for (;;) {
		if (fatal_signal_pending(current)) {
			myep_wake_next(ep);
			return -EINTR;
		}
		result = myep_scan(ep, &harvest, keys, traced);
		if (unlikely(result == MYEP_SCAN_DEFERRED))
			result = myep_write_deferred(&harvest, keys);
		if (likely(result != MYEP_SCAN_NO_PAGE))
			break;
		harvest.forbidden = !myep_buffer_fetch(&harvest.buffer);
		cond_resched();
	}
	if (result == MYEP_SCAN_FAULT && !harvest.buffer.written)
		return -EFAULT;
	return harvest.buffer.written;
}

/**
 * myep_deliver() - deliver what is ready, without waiting for more
 * @ep: the instance
 * @events: receives up to @maxevents events; checked by access_ok()
 * @maxevents: room in @events, at least 1
 * @left: &ep->rdllist if the same WAIT has scanned or slept before, else NULL
 *
 * Events that are not delivered, because of @maxevents or because the buffer is not writable, stay
 * at the head of the ready list (behaviours: 92, 93).
 *
 * A dying task gets -EINTR even if events are ready (behaviours: 89). It may have been woken for
 * them, so it wakes the next sleeper, which epoll does not.
 *
 * Context: process, may sleep on ep->mtx and on page faults.
 * Return: number of events, -EFAULT if none could be written, -EINTR if the task is dying.
 */
long myep_deliver(struct myep_eventpoll *ep, struct epoll_event __user *events, int maxevents,
		  struct list_head *left)
{
	return myep_deliver_as(ep, events, maxevents, left, false);
}

/*
 * The same while trace events are on. Compiled twice, so that no loop pays for those that are off.
 */
long myep_deliver_traced(struct myep_eventpoll *ep, struct epoll_event __user *events,
			 int maxevents, struct list_head *left)
{
	return myep_deliver_as(ep, events, maxevents, left, true);
}

static __always_inline bool myep_any_ready_as(struct myep_eventpoll *ep, unsigned int depth,
					      bool traced)
{
	struct myep_epitem *epi, *next;
	bool ready = false;
	poll_table pt = {};

	mutex_lock_nested(&ep->mtx, depth);
	myep_scan_begin(ep, traced);
	ep->scans.rescans++;
	list_for_each_entry_safe(epi, next, &ep->rdllist, rdllink) {
		const __poll_t answer = myep_item_poll(epi, &pt, depth);

		if (traced)
			trace_myepoll_poll(epi, answer);
		if (answer) {
			ready = true;
			break;
		}
		myep_scan_drop(epi);
		ep->scans.dropped++;
		cond_resched();
	}
	myep_scan_end(ep, NULL, traced);
	mutex_unlock(&ep->mtx);
	return ready;
}

static noinline bool myep_any_ready_traced(struct myep_eventpoll *ep, unsigned int depth)
{
	return myep_any_ready_as(ep, depth, true);
}

/**
 * myep_any_ready() - is any item ready?
 * @ep: the instance
 * @depth: number of instances above this one that are being polled
 *
 * A scan that delivers nothing: it drops items that are not ready, up to the first that is
 * (behaviours: 116, 135).
 *
 * Context: process, may sleep.
 */
bool myep_any_ready(struct myep_eventpoll *ep, unsigned int depth)
{
	return static_branch_unlikely(&myep_wait_traced) ? myep_any_ready_traced(ep, depth) :
							   myep_any_ready_as(ep, depth, false);
}
