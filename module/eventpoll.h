/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Overview: the path of an event, the locks, the data structures.
 *
 * The path of an event
 * ====================
 *   ADD     instance.c   copies the arguments in
 *           ctl.c        checks them, takes the locks
 *           topology.c   checks for cycles, if an instance is added to an instance
 *           item.c       allocates the item, links it in ep->rbr
 *           watched.c    enters it under its file, where the close of the file finds it
 *           callback.c   hooks it on the target's wait queues
 *   wakeup  callback.c   runs under the lock of the target's wait queue
 *           ready.h      queues the item on ep->rdllist, or on ep->ovflist during a scan
 *           wake.h       wakes a sleeper, and those who poll() the instance
 *           ring.h       or posts an event on the ring, if the item may use it
 *           wakeup_source.h  keeps the system awake, if the item asks for that
 *   WAIT    instance.c   copies the arguments in
 *           wait.c       sleeps until something is ready
 *           deliver.c    scans ep->rdllist:
 *           buffer.h     probes the caller's buffer
 *           target.h     polls the target of each item
 *           buffer.h     writes the events
 *           ready.h      requeues level-triggered items, adds those of ep->ovflist
 *   CHANGE  change.c     applies many ADDs, MODs and DELs, then does a WAIT
 *   RING    ring_file.c  makes the ring, and the file by which it is mapped
 *   end     lifetime.c   removes the item: by DEL, with its instance, or with its target
 *
 * A .c file declares its functions in the header of the same name. ready.h, wake.h, target.h and
 * buffer.h hold what the event path needs inline.
 *
 * Lock order, outer to inner
 * ==========================
 *   nesting mutex                 in topology.c; only for an ADD that can change which instance
 *                                 is in which
 *     ep->mtx                     sleeps; serializes scans, CTL and removal; ->poll() runs under
 *                                 it; the outer instance first, the depth is the lockdep subclass
 *       target's wait-queue lock  IRQ-safe; held BY THE CALLER of myep_poll_callback()
 *         ep->lock                IRQ-safe spinlock; ready list, overflow list, sleepers, ring
 *           ep->wq.lock           taken by the wakeup; the waker dequeues the sleeper under it
 *       lock of a watched file    spinlock in watched.c, shared by several files; items enter and
 *                                 leave the table of watched files, which has bucket locks
 *     ep->poll_wait.lock          taken by the callback after it dropped ep->lock; whoever watches
 *                                 the instance itself (poll, select, epoll, an outer instance) is
 *                                 called under it; the inner instance first, depth as subclass
 *   lock of the table of users    spinlock in limits.c, a leaf; CREATE, and the close of a user's
 *                                 last instance
 *   myep_detained.lock            spinlock in item.c, a leaf; the end of a walk of topology.c, and
 *                                 RCU callbacks during it
 *   myep_instances.lock           spinlock in item.c, a leaf; CREATE, and the RCU callback that
 *                                 frees an instance
 *
 * Why these locks
 * ===============
 *   mtx cannot be a spinlock: ->poll() of a target may sleep, and may allocate.
 *   lock cannot be mtx: the callback runs with a foreign lock held and interrupts off.
 *   A wait entry is never added or removed under ep->lock: the callback takes the wait-queue lock
 *   and ep->lock in the opposite order.
 *   The nesting mutex cannot be ep->mtx: the nesting rules concern many instances at once. It is
 *   the only global lock that an ADD or a DEL can take, and flat ADDs do not take it.
 *   CHANGE takes mtx once for a chunk of entries, and touches user memory only between chunks. For
 *   an ADD that is not flat it lets mtx go, takes the nesting mutex first, and looks up anew.
 *
 * Tags (every field below carries one)
 * ====================================
 *   (i)  immutable after init          (m)  ep->mtx          (l)  ep->lock
 *   (ml) written under both, read under either               (a)  atomic
 *   (bN) lockless, see pair N below                          (o)  only its owner uses it
 *   (h)  lock of the target's wait queue                     (t)  lock of the file in watched.c
 *   (s)  has its own lock              (n)  nesting mutex    (u)  lock of the table of users
 *   (p)  ep->poll_wait.lock            (d)  myep_detained.lock
 *   (g)  myep_instances.lock
 *   (r)  a hint: READ_ONCE() and WRITE_ONCE(), in any order
 *
 * Lockless pairs
 * ==============
 *   [b1] ep->scan_seq. A scan makes it odd before it changes the ready list, and even once the
 *        list is complete again: myep_scan_begin() and myep_scan_end(). myep_maybe_ready() reads
 *        it, the list, and it again. Reordered, a reader between two scans would find a set empty
 *        that never was, and a WAIT with timeout 0 would miss a level-triggered event.
 *        (The removal of a ready item advances it, too, for readers that hold ep->mtx.)
 *   [b2] epi->event.events. myep_modify() stores the new mask, issues a full barrier, polls the
 *        target; a waker makes the target ready, then myep_notify() reads the mask. Reordered,
 *        both see the old state and the event is lost. The barrier on the waker's side is the
 *        one that every wait-queue wakeup needs anyway.
 *   [b3] pwq->whead. A wait queue that dies before its file sends POLLFREE: the callback removes
 *        the entry and then, as its very last access, stores NULL with release semantics.
 *        myep_detach_entry() loads it with acquire semantics inside an RCU section. Reordered, it
 *        would take the lock of a freed wait queue, or free the entry under the callback.
 *   [b4] wait.entry of a sleeper. myep_autoremove_wake() empties it with list_del_init_careful()
 *        under ep->wq.lock, myep_sleep() tests it with list_empty_careful(). Reordered, the
 *        sleeper could return, and its stack vanish, while the waker still uses the entry.
 *   [b5] ep->file. myep_instance_release() clears it; the walks of topology.c read it under RCU
 *        and use it only as a key. A stale key finds no items, or those of a new file at the same
 *        address; then an ADD may be refused that would be allowed.
 *   [b6] epi->same_file. myep_add_behind() publishes an initialized item with release semantics,
 *        myep_next_watch() loads it with acquire semantics inside an RCU section. Reordered, a
 *        walk of topology.c would read an uninitialized item.
 *   [b7] myep_detained.on. myep_detain_begin() sets it before the RCU section in which a walk of
 *        topology.c finds an item; the RCU callback that frees the item reads it. The grace period
 *        orders the two. Reordered, the item would be freed under a walk that has left its RCU
 *        section to let a grace period end.
 *   [b8] ep->has_ring. myep_ring_set() publishes the ring with release semantics, a WAIT that is
 *        about to sleep loads it with acquire semantics. Reordered, it would use a stray pointer.
 *   The words of a ring's slots have an order of their own, with the program: docs/ring.md.
 *
 * Removal paths
 * =============
 *   A  DEL:             the caller holds a reference on the target, and ep->mtx.
 *   B  instance close:  myep_release_items(), under ep->mtx, tries to get a reference on the
 *                       target of each item.
 *   C  target close:    myep_file_closing(), in __fput(): the file's count is zero, ->release()
 *                       has not been called.
 *   While a reference is held, C cannot start; once C has started, no reference can be had. So
 *   whether a reference can be had decides who owns an item: A and B remove an item only while
 *   they hold its file, and leave it to C otherwise. A and B exclude each other by ep->mtx, and
 *   because A needs the instance open. While a file's count is zero, no item can be added to it
 *   (ADD needs a reference) and only C removes items, hence C may walk its items without a lock.
 *   An item that is linked in ep->rbr under ep->mtx proves that C has not finished with its file,
 *   so epi->ffd.file points to valid memory.
 *   Each item holds a reference on its instance: B may leave before C comes for the item and takes
 *   ep->mtx. C can be late for as long as a user likes (a kernel epoll's hook runs before ours and
 *   waits for a mutex that a user can hold up), so an instance that B leaves to C holds the module.
 *   An instance can be a target, too: its items go by A, B or C like those of any file.
 *
 * (behaviours: 53) in a comment is an item of userspace-tests/behaviours.txt.
 * Poll callbacks run only functions of callback.c, of ready, wake and ring, and myep_note_napi().
 */
#ifndef MYEPOLL_EVENTPOLL_H
#define MYEPOLL_EVENTPOLL_H

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include "counters.h"

/* The bits that control delivery and are never matched against readiness. */
#define MYEP_PRIVATE_BITS (EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)

struct myep_ring;
struct myep_user;

/* An instance, made by CREATE. */
struct myep_eventpoll {
	struct mutex mtx;	   /* (s) */
	struct rb_root_cached rbr; /* (m) the interest list: all items, by file and descriptor */
	refcount_t refcount;	   /* (a) the file, and each item */
	bool nested;		   /* (m) possibly inside another instance: ADD checks for cycles */
	bool orphan;		   /* (m) closed, with items left to path C; holds the module */
	int steps;		   /* (n) result of walk number @walk */
	unsigned int napi_id;	   /* (r) of a socket that was ready; see busy_poll.c */
	u64 walk;		   /* (n) the last walk that visited this instance */
	struct file *file;	   /* (b5) its own, a key and never followed; NULL once closed */
	struct myep_user *user;	   /* (i) counted; the creator, charged for the items */
	u64 number;		   /* (i) unique since the module was loaded */
	struct myep_scan_counters scans; /* (m) */
	unsigned long edits; /* (m) changes of the interest list: ADD, MOD and removals */

	spinlock_t lock ____cacheline_aligned; /* (s) */
	unsigned int wake_depth; /* (p) nested instances that the current wakeup came through */
	unsigned long scan_seq;	 /* (b1) written under (ml); odd during a scan */
	union {
		struct list_head rdllist; /* (l) ready items; (o) by a scan, while it runs */
		struct rcu_head rcu;	  /* (o) after the last reference */
	};
	struct myep_epitem *ovflist; /* (l) items that became ready during a scan, newest first */
	wait_queue_head_t wq;	     /* (l) sleepers in WAIT, newest first */
	union {			     /* not NULL: one of the rare cases, at the price of one test */
		struct wakeup_source *ws; /* (ml) if an item has one; see wakeup_source.c */
		struct myep_ring *ring;	  /* (ml) if it has one, for good; see ring.h */
	};
	u32 busy_poll_usecs;		   /* (r) 0: no busy polling */
	u16 busy_poll_budget;		   /* (r) packets per round, 0: the kernel's default */
	bool prefer_busy_poll;		   /* (r) keep the device's interrupts off while polling */
	bool has_ring;			   /* (b8) written under (ml) */
	wait_queue_head_t poll_wait;	   /* (s) those who poll() the instance itself */
	struct myep_wakeup_counters count; /* (l) */
	struct list_head instances;	   /* (g) in myep_instances, until the memory is freed */
};

/* The key of an item: an open file and the descriptor it was added under. */
struct myep_epoll_filefd {
	struct file *file; /* (i) not a reference; see "Removal paths" */
	int fd;		   /* (i) */
} __packed;		   /* so that it and an event share three words of an item */

/* An item's entry on one wait queue of its target. */
struct myep_eppoll_entry {
	struct myep_eppoll_entry *next; /* (m) */
	wait_queue_head_t *whead;	/* (b3) */
	wait_queue_entry_t wait;	/* (h) its .private is the item (i) */
};

/* Where on the ring an item's event is. */
struct myep_place {
	u32 at; /* (l) the slot that it was last posted in */
	u32 on; /* (ml) whether the item may use the ring */
};

/* One watched target. */
struct myep_epitem {
	union {
		struct rb_node rbn;  /* (m) */
		struct rcu_head rcu; /* (o) after removal; readers of watched.c may still see it */
	};
	struct myep_epoll_filefd ffd;  /* (i) */
	struct epoll_event event;      /* (m); .events (b2), also written by late_close.c */
	struct myep_epitem *same_file; /* (b6) the next item of the same file; written under (t) */
	union {
		struct rhash_head watched;	  /* (t) first item of a file: in the table */
		struct myep_epitem **same_file_p; /* (t) others: the pointer that points here */
	};

	struct myep_eventpoll *ep;	  /* (i) counted */
	struct list_head rdllink;	  /* (l) in rdllist; (o) by a scan, which owns that list */
	struct myep_epitem *ovflist_next; /* (l) in ovflist */
	union {				  /* 0: neither */
		struct wakeup_source *ws; /* (ml) with EPOLLWAKEUP, which rules out a ring */
		struct myep_place place;  /* (ml) in an instance with a ring */
	};
	struct myep_eppoll_entry first; /* (m) enough for most targets: one wait queue */
};

static_assert(sizeof(struct myep_epitem) <= 160, "25 items in a page");

unsigned long myep_ring_changes_locked(const struct myep_eventpoll *ep);

/* How often the lists have changed, by scans and by what is queued, and the ring by the kernel. */
static inline unsigned long myep_change_locked(const struct myep_eventpoll *ep)
{
	lockdep_assert_held(&ep->lock);
	return ep->scan_seq + ep->count.queued + (ep->has_ring ? myep_ring_changes_locked(ep) : 0);
}

#endif /* MYEPOLL_EVENTPOLL_H */
