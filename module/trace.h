/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace events: one for each step of an event's way. docs/tracing.md describes them for users.
 *
 * Fields that several events have
 * ===============================
 *   instance  the number of the instance, unique since the module was loaded
 *   change    how often its ready list or its overflow list has changed. An event that changes one
 *             of them carries the number after its change, and fires under the lock that orders it:
 *             ep->lock, or ep->mtx while a scan owns the ready list. So the events of an instance,
 *             sorted by @change and, among equals, by time, lead from one snapshot to the next.
 *   item      a number for the item, unique as well, but not in any order
 *   fd        the descriptor it was added under
 *
 * An event that is switched off costs a nop. Those of WAIT and of a scan share one, because a scan
 * is a loop: WAIT is compiled twice, with these events and without.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM myepoll

#if !defined(MYEPOLL_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MYEPOLL_TRACE_H

#include "eventpoll.h"

#include <linux/tracepoint.h>
#include <linux/myepoll.h>

#ifndef MYEPOLL_TRACE_ONCE
#define MYEPOLL_TRACE_ONCE

/* Are events of WAIT or of a scan switched on? */
DECLARE_STATIC_KEY_FALSE(myep_wait_traced);
int myep_wait_trace_on(void);
void myep_wait_trace_off(void);
void myep_trace_init(void);

u64 myep_item_number(const struct myep_epitem *epi);
u64 myep_next_number(const struct myep_epitem *epi);
unsigned int myep_count_hooks(const struct myep_epitem *epi);
pid_t myep_next_sleeper(struct myep_eventpoll *ep);

/* What became of a wakeup of the target. */
enum myep_outcome {
	MYEP_QUEUED,	 /* the item is now on the ready list */
	MYEP_OVERFLOWED, /* or, during a scan, on the overflow list */
	MYEP_ALREADY,	 /* it was queued before */
	MYEP_UNWANTED,	 /* the key has nothing that the item is watched for */
	MYEP_DISABLED,	 /* a ONESHOT item that has fired */
	MYEP_POSTED,	 /* its event is now on the ring */
	MYEP_MERGED,	 /* or was added to one that had not been taken */
	MYEP_REFUSED,	 /* not an outcome: the ring is full */
};

#endif

/* In numbers, because tools evaluate this text; trace.c checks them. */
#define MYEP_SHOW_EVENTS(events) \
	__print_flags(events, "|", \
		{ 0x00000001, "IN" }, { 0x00000002, "PRI" }, { 0x00000004, "OUT" }, \
		{ 0x00000008, "ERR" }, { 0x00000010, "HUP" }, { 0x00000020, "NVAL" }, \
		{ 0x00000040, "RDNORM" }, { 0x00000080, "RDBAND" }, { 0x00000100, "WRNORM" }, \
		{ 0x00000200, "WRBAND" }, { 0x00000400, "MSG" }, { 0x00002000, "RDHUP" }, \
		{ 0x00004000, "FREE" }, { 0x08000000, "URING" }, { 0x10000000, "EXCLUSIVE" }, \
		{ 0x20000000, "WAKEUP" }, { 0x40000000, "ONESHOT" }, { 0x80000000, "ET" })

#define MYEP_SHOW_OUTCOME(outcome) \
	__print_symbolic(outcome, \
		{ MYEP_QUEUED, "queued" }, { MYEP_OVERFLOWED, "overflowed" }, \
		{ MYEP_ALREADY, "already queued" }, { MYEP_UNWANTED, "unwanted" }, \
		{ MYEP_DISABLED, "disabled" }, { MYEP_POSTED, "posted" }, \
		{ MYEP_MERGED, "merged" })

TRACE_DEFINE_ENUM(MYEP_QUEUED);
TRACE_DEFINE_ENUM(MYEP_OVERFLOWED);
TRACE_DEFINE_ENUM(MYEP_ALREADY);
TRACE_DEFINE_ENUM(MYEP_UNWANTED);
TRACE_DEFINE_ENUM(MYEP_DISABLED);
TRACE_DEFINE_ENUM(MYEP_POSTED);
TRACE_DEFINE_ENUM(MYEP_MERGED);

/*
 * myepoll_create: an instance was made; it is not yet in the descriptor table.
 * @fd: its future descriptor
 * Locks: none.
 */
TRACE_EVENT(myepoll_create,
	TP_PROTO(const struct myep_eventpoll *ep, int fd),
	TP_ARGS(ep, fd),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(int, fd)
	),
	TP_fast_assign(
		__entry->instance = ep->number;
		__entry->fd = fd;
	),
	TP_printk("instance=%llu fd=%d", __entry->instance, __entry->fd)
);

/*
 * myepoll_release: the last descriptor of an instance is closed.
 * Locks: none.
 */
TRACE_EVENT(myepoll_release,
	TP_PROTO(const struct myep_eventpoll *ep),
	TP_ARGS(ep),
	TP_STRUCT__entry(
		__field(u64, instance)
	),
	TP_fast_assign(
		__entry->instance = ep->number;
	),
	TP_printk("instance=%llu", __entry->instance)
);

/*
 * myepoll_ctl: a CTL call returns, or a CHANGE has handled an entry. What that did to the interest
 * list has its own events.
 * @op: 1 ADD, 2 DEL, 3 MOD, and in a CHANGE 4 SET, 5 DROP
 * @events, @data: the new interest, as the caller gave it; 0 for DEL and DROP
 * @result: 0 or a negative errno
 * Locks: none; in a CHANGE ep->mtx.
 */
TRACE_EVENT(myepoll_ctl,
	TP_PROTO(const struct myep_eventpoll *ep, int op, int fd, const struct epoll_event *event,
		 int result),
	TP_ARGS(ep, op, fd, event, result),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(u64, data)
		__field(int, op)
		__field(int, fd)
		__field(u32, events)
		__field(int, result)
	),
	TP_fast_assign(
		__entry->instance = ep->number;
		__entry->op = op;
		__entry->fd = fd;
		__entry->events = (__force u32)event->events;
		__entry->data = event->data;
		__entry->result = result;
	),
	TP_printk("instance=%llu op=%s fd=%d events=%s data=%#llx result=%d", __entry->instance,
		  __print_symbolic(__entry->op, { 1, "ADD" }, { 2, "DEL" }, { 3, "MOD" },
				   { 4, "SET" }, { 5, "DROP" }),
		  __entry->fd, MYEP_SHOW_EVENTS(__entry->events), __entry->data, __entry->result)
);

/*
 * myepoll_link: an item enters the interest list. It has no hook yet.
 * @events, @data: its interest
 * @next: the item behind it in the tree's order, 0 if it is the last. So the tree can be drawn.
 * Locks: ep->mtx.
 */
TRACE_EVENT(myepoll_link,
	TP_PROTO(const struct myep_eventpoll *ep, const struct myep_epitem *epi),
	TP_ARGS(ep, epi),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(u64, item)
		__field(u64, data)
		__field(u64, next)
		__field(int, fd)
		__field(u32, events)
	),
	TP_fast_assign(
		__entry->instance = ep->number;
		__entry->item = myep_item_number(epi);
		__entry->fd = epi->ffd.fd;
		__entry->events = (__force u32)READ_ONCE(epi->event.events);
		__entry->data = epi->event.data;
		__entry->next = myep_next_number(epi);
	),
	TP_printk("instance=%llu item=%llx fd=%d events=%s data=%#llx next=%llx",
		  __entry->instance, __entry->item, __entry->fd, MYEP_SHOW_EVENTS(__entry->events),
		  __entry->data, __entry->next)
);

/*
 * myepoll_modify: the interest of an item has changed; its target will be polled next.
 * @events, @data: its new interest
 * Locks: ep->mtx.
 */
TRACE_EVENT(myepoll_modify,
	TP_PROTO(const struct myep_eventpoll *ep, const struct myep_epitem *epi),
	TP_ARGS(ep, epi),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(u64, item)
		__field(u64, data)
		__field(int, fd)
		__field(u32, events)
	),
	TP_fast_assign(
		__entry->instance = ep->number;
		__entry->item = myep_item_number(epi);
		__entry->fd = epi->ffd.fd;
		__entry->events = (__force u32)READ_ONCE(epi->event.events);
		__entry->data = epi->event.data;
	),
	TP_printk("instance=%llu item=%llx fd=%d events=%s data=%#llx", __entry->instance,
		  __entry->item, __entry->fd, MYEP_SHOW_EVENTS(__entry->events), __entry->data)
);

/*
 * myepoll_unlink: an item has left the interest list, the ready list and all wait queues.
 * @why: DEL also undoes an ADD that failed
 * Locks: ep->mtx, ep->lock.
 */
TRACE_EVENT(myepoll_unlink,
	TP_PROTO(const struct myep_eventpoll *ep, const struct myep_epitem *epi),
	TP_ARGS(ep, epi),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(u64, change)
		__field(u64, item)
		__field(int, fd)
		__field(int, why)
	),
	TP_fast_assign(
		__entry->instance = ep->number;
		__entry->change = myep_change_locked(ep);
		__entry->item = myep_item_number(epi);
		__entry->fd = epi->ffd.fd;
		__entry->why = !file_count(epi->ffd.file) ? 2 : !ep->file ? 1 : 0;
	),
	TP_printk("instance=%llu change=%llu item=%llx fd=%d why=%s", __entry->instance,
		  __entry->change, __entry->item, __entry->fd,
		  __print_symbolic(__entry->why, { 0, "DEL" }, { 1, "instance closed" },
				   { 2, "target closed" }))
);

/*
 * myepoll_hook: an item's entry goes on a wait queue of its target. Wakeups follow it.
 * @hook: which one, from 1
 * @exclusive: whether it is exclusive
 * Locks: ep->mtx.
 */
TRACE_EVENT(myepoll_hook,
	TP_PROTO(const struct myep_epitem *epi),
	TP_ARGS(epi),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(u64, item)
		__field(int, fd)
		__field(u32, hook)
		__field(bool, exclusive)
	),
	TP_fast_assign(
		__entry->instance = epi->ep->number;
		__entry->item = myep_item_number(epi);
		__entry->fd = epi->ffd.fd;
		__entry->hook = myep_count_hooks(epi);
		__entry->exclusive = !!(epi->event.events & EPOLLEXCLUSIVE);
	),
	TP_printk("instance=%llu item=%llx fd=%d hook=%u exclusive=%d", __entry->instance,
		  __entry->item, __entry->fd, __entry->hook, __entry->exclusive)
);

/*
 * myepoll_notify: the callback runs: a target has woken its wait queue.
 * @key: what the target says is ready; 0 if it does not say
 * @outcome: what became of the item
 * @sleeper: the thread id, in the first pid namespace, of the sleeper that is woken next; 0: none
 * Locks: ep->lock, and that of the target's wait queue. Interrupts are off.
 */
TRACE_EVENT(myepoll_notify,
	TP_PROTO(struct myep_eventpoll *ep, const struct myep_epitem *epi, __poll_t key,
		 enum myep_outcome outcome),
	TP_ARGS(ep, epi, key, outcome),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(u64, change)
		__field(u64, item)
		__field(int, fd)
		__field(u32, key)
		__field(int, outcome)
		__field(pid_t, sleeper)
	),
	TP_fast_assign(
		__entry->instance = ep->number;
		__entry->change = myep_change_locked(ep);
		__entry->item = myep_item_number(epi);
		__entry->fd = epi->ffd.fd;
		__entry->key = (__force u32)key;
		__entry->outcome = outcome;
		__entry->sleeper = outcome == MYEP_UNWANTED || outcome == MYEP_DISABLED ?
					   0 : myep_next_sleeper(ep);
	),
	TP_printk("instance=%llu change=%llu item=%llx fd=%d key=%s outcome=%s sleeper=%d",
		  __entry->instance, __entry->change, __entry->item, __entry->fd,
		  MYEP_SHOW_EVENTS(__entry->key),
		  MYEP_SHOW_OUTCOME(__entry->outcome), __entry->sleeper)
);

/*
 * myepoll_queue: an item whose target was found ready by ADD or MOD is queued, or one whose event
 * could not be written, or its event is posted. Otherwise as myepoll_notify.
 * Locks: ep->mtx, ep->lock.
 */
TRACE_EVENT(myepoll_queue,
	TP_PROTO(struct myep_eventpoll *ep, const struct myep_epitem *epi,
		 enum myep_outcome outcome),
	TP_ARGS(ep, epi, outcome),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(u64, change)
		__field(u64, item)
		__field(int, fd)
		__field(int, outcome)
		__field(pid_t, sleeper)
	),
	TP_fast_assign(
		__entry->instance = ep->number;
		__entry->change = myep_change_locked(ep);
		__entry->item = myep_item_number(epi);
		__entry->fd = epi->ffd.fd;
		__entry->outcome = outcome;
		__entry->sleeper = outcome == MYEP_ALREADY || outcome == MYEP_DISABLED ?
					   0 : myep_next_sleeper(ep);
	),
	TP_printk("instance=%llu change=%llu item=%llx fd=%d outcome=%s sleeper=%d",
		  __entry->instance, __entry->change, __entry->item, __entry->fd,
		  MYEP_SHOW_OUTCOME(__entry->outcome), __entry->sleeper)
);

/*
 * myepoll_ring: an instance has its ring; the ring's descriptor is not yet in the table.
 * @fd: that descriptor
 * @slots: how many events fit
 * Locks: ep->mtx, ep->lock.
 */
TRACE_EVENT(myepoll_ring,
	TP_PROTO(const struct myep_eventpoll *ep, int fd, u32 slots),
	TP_ARGS(ep, fd, slots),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(u64, change)
		__field(int, fd)
		__field(u32, slots)
	),
	TP_fast_assign(
		__entry->instance = ep->number;
		__entry->change = myep_change_locked(ep);
		__entry->fd = fd;
		__entry->slots = slots;
	),
	TP_printk("instance=%llu change=%llu fd=%d slots=%u", __entry->instance, __entry->change,
		  __entry->fd, __entry->slots)
);

/*
 * myepoll_post: an event is on the ring: a new one, or one that was added to. What caused it,
 * myepoll_notify or myepoll_queue, follows.
 * @events: what was posted
 * @data: what comes with it
 * @seq: its sequence number
 * Locks: ep->lock.
 */
TRACE_EVENT(myepoll_post,
	TP_PROTO(const struct myep_eventpoll *ep, const struct myep_epitem *epi, u32 events,
		 u32 seq),
	TP_ARGS(ep, epi, events, seq),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(u64, change)
		__field(u64, item)
		__field(u64, data)
		__field(int, fd)
		__field(u32, events)
		__field(u32, seq)
	),
	TP_fast_assign(
		__entry->instance = ep->number;
		__entry->change = myep_change_locked(ep);
		__entry->item = myep_item_number(epi);
		__entry->fd = epi->ffd.fd;
		__entry->events = events;
		__entry->data = epi->event.data;
		__entry->seq = seq;
	),
	TP_printk("instance=%llu change=%llu item=%llx fd=%d events=%s data=%#llx seq=%u",
		  __entry->instance, __entry->change, __entry->item, __entry->fd,
		  MYEP_SHOW_EVENTS(__entry->events), __entry->data, __entry->seq)
);

/*
 * myepoll_take_back: an event that nobody has taken is marked on the ring, so that nobody will.
 * @seq: its sequence number
 * Locks: ep->mtx, or that of the target's wait queue; ep->lock.
 */
TRACE_EVENT(myepoll_take_back,
	TP_PROTO(const struct myep_eventpoll *ep, const struct myep_epitem *epi, u32 seq),
	TP_ARGS(ep, epi, seq),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(u64, change)
		__field(u64, item)
		__field(int, fd)
		__field(u32, seq)
	),
	TP_fast_assign(
		__entry->instance = ep->number;
		__entry->change = myep_change_locked(ep);
		__entry->item = myep_item_number(epi);
		__entry->fd = epi->ffd.fd;
		__entry->seq = seq;
	),
	TP_printk("instance=%llu change=%llu item=%llx fd=%d seq=%u", __entry->instance,
		  __entry->change, __entry->item, __entry->fd, __entry->seq)
);

/*
 * myepoll_change_begin: a CHANGE begins; the argument is valid. Each entry has its myepoll_ctl.
 * @count: entries
 * @flags: MYEPOLL_CHANGE_*
 * @maxevents: room for events of the WAIT that follows; 0 if none does
 * Locks: none.
 */
TRACE_EVENT(myepoll_change_begin,
	TP_PROTO(const struct myep_eventpoll *ep, const struct myepoll_change *change),
	TP_ARGS(ep, change),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(u32, count)
		__field(u32, flags)
		__field(int, maxevents)
	),
	TP_fast_assign(
		__entry->instance = ep->number;
		__entry->count = change->count;
		__entry->flags = change->flags;
		__entry->maxevents = change->wait.maxevents;
	),
	TP_printk("instance=%llu count=%u flags=%u maxevents=%d", __entry->instance,
		  __entry->count, __entry->flags, __entry->maxevents)
);

/*
 * myepoll_change_end: a CHANGE has applied its entries. What follows is the WAIT, or the return.
 * @tried: entries that were applied or failed
 * @result: 0, or a negative errno with which the call ends here
 * Locks: none.
 */
TRACE_EVENT(myepoll_change_end,
	TP_PROTO(const struct myep_eventpoll *ep, u32 tried, int result),
	TP_ARGS(ep, tried, result),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(u32, tried)
		__field(int, result)
	),
	TP_fast_assign(
		__entry->instance = ep->number;
		__entry->tried = tried;
		__entry->result = result;
	),
	TP_printk("instance=%llu tried=%u result=%d", __entry->instance, __entry->tried,
		  __entry->result)
);

/*
 * myepoll_wait: a WAIT begins, its arguments checked.
 * @maxevents: room for events
 * @timeout_ns: nanoseconds; negative: for ever
 * Locks: none.
 */
TRACE_EVENT_FN(myepoll_wait,
	TP_PROTO(const struct myep_eventpoll *ep, int maxevents, s64 timeout_ns),
	TP_ARGS(ep, maxevents, timeout_ns),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(s64, timeout_ns)
		__field(int, maxevents)
	),
	TP_fast_assign(
		__entry->instance = ep->number;
		__entry->maxevents = maxevents;
		__entry->timeout_ns = timeout_ns;
	),
	TP_printk("instance=%llu maxevents=%d timeout_ns=%lld", __entry->instance,
		  __entry->maxevents, __entry->timeout_ns),
	myep_wait_trace_on, myep_wait_trace_off
);

/*
 * myepoll_wait_end: a WAIT returns.
 * @result: number of events, or a negative errno
 * Locks: none.
 */
TRACE_EVENT_FN(myepoll_wait_end,
	TP_PROTO(const struct myep_eventpoll *ep, int result),
	TP_ARGS(ep, result),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(int, result)
	),
	TP_fast_assign(
		__entry->instance = ep->number;
		__entry->result = result;
	),
	TP_printk("instance=%llu result=%d", __entry->instance, __entry->result),
	myep_wait_trace_on, myep_wait_trace_off
);

DECLARE_EVENT_CLASS(myepoll_lists,
	TP_PROTO(struct myep_eventpoll *ep),
	TP_ARGS(ep),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(u64, change)
	),
	TP_fast_assign(
		__entry->instance = ep->number;
		__entry->change = myep_change_locked(ep);
	),
	TP_printk("instance=%llu change=%llu", __entry->instance, __entry->change)
);

/*
 * myepoll_sleep: nothing is ready, and the thread goes to sleep, in front of those that sleep.
 * Locks: ep->lock.
 */
DEFINE_EVENT(myepoll_lists, myepoll_sleep,
	TP_PROTO(struct myep_eventpoll *ep),
	TP_ARGS(ep)
);

/*
 * myepoll_woken: the thread runs again.
 * @why: it was woken by the instance, its deadline has passed, or it has a signal. What was true at
 *	once counts as a wakeup.
 * Locks: none.
 */
TRACE_EVENT(myepoll_woken,
	TP_PROTO(const struct myep_eventpoll *ep, bool woken, bool expired),
	TP_ARGS(ep, woken, expired),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(int, why)
	),
	TP_fast_assign(
		__entry->instance = ep->number;
		__entry->why = woken ? 0 : expired ? 1 : 2;
	),
	TP_printk("instance=%llu why=%s", __entry->instance,
		  __print_symbolic(__entry->why, { 0, "woken" }, { 1, "timeout" }, { 2, "signal" }))
);

/*
 * myepoll_scan_begin: from here on the ready list belongs to this thread, and arrivals go to the
 * overflow list.
 * Locks: ep->mtx, ep->lock.
 */
DEFINE_EVENT_FN(myepoll_lists, myepoll_scan_begin,
	TP_PROTO(struct myep_eventpoll *ep),
	TP_ARGS(ep),
	myep_wait_trace_on, myep_wait_trace_off
);

/*
 * myepoll_poll: the scan has polled a target.
 * @ready: what of the item's interest is ready; if nothing is, the item has left the ready list
 * Locks: ep->mtx.
 */
TRACE_EVENT_FN(myepoll_poll,
	TP_PROTO(const struct myep_epitem *epi, __poll_t ready),
	TP_ARGS(epi, ready),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(u64, item)
		__field(int, fd)
		__field(u32, ready)
	),
	TP_fast_assign(
		__entry->instance = epi->ep->number;
		__entry->item = myep_item_number(epi);
		__entry->fd = epi->ffd.fd;
		__entry->ready = (__force u32)ready;
	),
	TP_printk("instance=%llu item=%llx fd=%d ready=%s", __entry->instance, __entry->item,
		  __entry->fd, MYEP_SHOW_EVENTS(__entry->ready)),
	myep_wait_trace_on, myep_wait_trace_off
);

/*
 * myepoll_deliver: an event of this item is written, or will be when its page is back.
 * @data: the caller's
 * @fate: level-triggered items stay ready, behind all others; edge-triggered ones leave the list,
 *	ONESHOT ones are disabled as well
 * Locks: ep->mtx.
 */
TRACE_EVENT_FN(myepoll_deliver,
	TP_PROTO(const struct myep_epitem *epi),
	TP_ARGS(epi),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(u64, item)
		__field(u64, data)
		__field(int, fd)
		__field(int, fate)
	),
	TP_fast_assign(
		__entry->instance = epi->ep->number;
		__entry->item = myep_item_number(epi);
		__entry->fd = epi->ffd.fd;
		__entry->data = epi->event.data;
		__entry->fate = epi->event.events & EPOLLONESHOT ? 2 :
				epi->event.events & EPOLLET	 ? 1 :
								   0;
	),
	TP_printk("instance=%llu item=%llx fd=%d data=%#llx fate=%s", __entry->instance,
		  __entry->item, __entry->fd, __entry->data,
		  __print_symbolic(__entry->fate, { 0, "stays ready" }, { 1, "leaves" },
				   { 2, "disabled" })),
	myep_wait_trace_on, myep_wait_trace_off
);

/*
 * myepoll_scan_end: the ready list is complete again: what was left, arrivals, what was delivered
 * and stays ready.
 * @sleeper: as in myepoll_notify: woken because something is ready
 * Locks: ep->mtx, ep->lock.
 */
TRACE_EVENT_FN(myepoll_scan_end,
	TP_PROTO(struct myep_eventpoll *ep),
	TP_ARGS(ep),
	TP_STRUCT__entry(
		__field(u64, instance)
		__field(u64, change)
		__field(pid_t, sleeper)
	),
	TP_fast_assign(
		__entry->instance = ep->number;
		__entry->change = myep_change_locked(ep);
		__entry->sleeper = list_empty(&ep->rdllist) ? 0 : myep_next_sleeper(ep);
	),
	TP_printk("instance=%llu change=%llu sleeper=%d", __entry->instance, __entry->change,
		  __entry->sleeper),
	myep_wait_trace_on, myep_wait_trace_off
);

#endif /* MYEPOLL_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
