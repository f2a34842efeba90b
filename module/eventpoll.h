/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plan of the house: the locks, the structs and who offers which function.
 *
 * Order, outer to inner
 * =====================
 *   nesting mutex                 only for an ADD that can change what is inside what
 *     ep->mtx                     sleeps; serializes scans, CTL, removal; ->poll() runs under it;
 *                                 the outer instance first, the depth is the lockdep subclass
 *       target's wait-queue lock  IRQ-safe; held BY THE CALLER of myep_poll_callback()
 *         ep->lock                IRQ-safe spinlock; ready list, overflow list, sleepers
 *           ep->wq.lock           taken by the wake-up; the waker dequeues the sleeper under it
 *       lock of a watched file    watched.c; spinlock that some files share; items come and go
 *                                 in the table of watched files, which has a lock in each bucket
 *     ep->poll_wait.lock          taken by the callback after it dropped ep->lock; those who watch
 *                                 the instance itself (poll, select, epoll, an outer instance) are
 *                                 called under it; the inner instance first, depth as subclass
 *   lock of the table of users    spinlock; taken alone: CREATE, and the close of a user's last
 *                                 instance
 *   lock of what is detained      spinlock; taken alone: the end of a walk of topology.c, and what
 *                                 a grace period has passed for meanwhile
 *
 * Why
 * ===
 *   mtx may not be a spinlock: ->poll() of a target may sleep, and so may an allocation in it.
 *   lock may not be mtx: the callback runs with a foreign lock held and interrupts off.
 *   A wait entry is never added or removed under ep->lock: the callback takes these two locks
 *   in the opposite order.
 *   The nesting mutex may not be ep->mtx: the rules of nesting are about many instances at once.
 *   It is the only global lock on the way of an ADD or a DEL, and flat ADDs do not take it.
 *
 * Tags (every field below carries one)
 * ====================================
 *   (i)  immutable after init          (m)  ep->mtx          (l)  ep->lock
 *   (ml) written under both, read under either               (a)  atomic
 *   (bN) lockless, see pair N below                          (o)  only its owner touches it
 *   (h)  lock of the target's wait queue                     (t)  lock of the file in watched.c
 *   (s)  its own lock inside           (n)  nesting mutex    (u)  lock of the table of users
 *   (p)  ep->poll_wait.lock            (d)  lock of what is detained in item.c
 *   (r)  a hint: READ_ONCE and WRITE_ONCE, no order needed
 *
 * Lockless pairs
 * ==============
 *   [b1] ep->scan_seq. A scan makes it odd before it changes the ready list, and even when the
 *        list is whole again: myep_scan_begin() and myep_scan_end(). myep_maybe_ready()
 *        reads it, the list, and it again. Reordered, a reader between two scans would call a
 *        set empty that never was, and a WAIT with timeout 0 would lose a level-triggered event.
 *        (That the removal of a ready item counts for a scan is between holders of ep->mtx.)
 *   [b2] epi->event.events. myep_modify() stores the new mask, a full barrier, polls the target;
 *        a waker makes the target ready, then myep_notify() reads the mask. Reordered,
 *        both see the old state and the event is lost. The barrier of the waker's side is the
 *        one that each wake-up of a wait queue already needs.
 *   [b3] pwq->whead. A wait queue that dies before its file says POLLFREE: the callback detaches
 *        the entry and then, as its very last access, stores NULL with release.
 *        myep_detach_entry() loads it with acquire inside an RCU section. Reordered, we would
 *        take the lock of a freed wait queue or free the entry under the callback.
 *   [b4] wait.entry of a sleeper. myep_autoremove_wake() empties it with list_del_init_careful()
 *        under ep->wq.lock, myep_sleep() tests it with list_empty_careful(). Reordered, the
 *        sleeper could return, and its stack go, before the waker has let go of it.
 *   [b5] ep->file. myep_instance_release() clears it, the walks of topology.c read it under RCU
 *        as a key. One that still finds it meets nobody there; or a file that took the place of
 *        the closed one, and may then refuse an ADD that it could have allowed.
 *   [b6] epi->same_file. myep_add_behind() publishes a filled item with release,
 *        myep_next_watch() loads it with acquire inside an RCU section. Reordered, a walk of
 *        topology.c would read an item that is not written yet.
 *   [b7] myep_detained.on. myep_detain_begin() sets it before the RCU section in which a walk of
 *        topology.c finds an item; a grace period after that item's removal myep_detain() reads
 *        it. That is what a grace period orders. Reordered, the item would be freed under a walk
 *        that has left its RCU section for a moment.
 *
 * Removal paths
 * =============
 *   A  DEL:             the caller holds a reference on the target and ep->mtx.
 *   B  instance close:  myep_release_items(), ep->mtx; for each item it tries to get a reference
 *                       on the target.
 *   C  target close:    myep_file_closing(), in __fput() with the count of the file at zero,
 *                       before ->release().
 *   A reference excludes C, and C begins only when no reference can be had again. So the answer
 *   to "can I still get a reference?" names the one owner of each item: A and B remove an item
 *   only while they hold its file; else they leave it to C. A and B exclude each other by
 *   ep->mtx and because A needs the instance open. For a file at zero no item can be added (ADD
 *   needs a reference) and none can be removed by anybody but C, hence C may walk its items
 *   without a lock. An item that is linked in ep->rbr under ep->mtx proves that C has not
 *   finished with its file, so epi->ffd.file points to live memory there.
 *   Each item holds a reference on its instance: B leaves, C still finds ep->mtx. And since C may
 *   be a long time coming (a kernel epoll's own hook is before ours, and waits for a mutex that a
 *   user can hold), an instance that B leaves to C holds the module.
 *   An instance can be a target, too: its items go by A, B or C like those of any file.
 *
 * "behaviours: 53" in a comment is an item of userspace-tests/behaviours.txt.
 * Functions called from a poll callback are in callback.c and ready.h, but for myep_note_napi().
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
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

/* The bits that steer delivery and are never matched against readiness. */
#define MYEP_PRIVATE_BITS (EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE)

/* Most events a buffer can be asked to hold; behaviours: 72. */
#define MYEP_MAX_EVENTS (INT_MAX / sizeof(struct epoll_event))

/* An instance: what one CREATE makes. */
struct eventpoll {
	struct mutex mtx;	   /* (s) */
	struct rb_root_cached rbr; /* (m) all items, by file and number */
	refcount_t refcount;	   /* (a) the file, and one for each item */
	bool nested;		   /* (m) perhaps in another instance: ADD looks for circles */
	bool orphan;		   /* (m) closed, and left to path C; then it holds the module */
	int steps;		   /* (n) what the walk found here */
	u64 walk;		   /* (n) the last walk that came by */
	struct file *file;	   /* (b5) its own, a key and never followed; NULL if closed */
	struct myep_user *user;	   /* (i) counted; the creator, who is charged for the items */

	spinlock_t lock ____cacheline_aligned; /* (s) */
	unsigned long scan_seq;		       /* (b1) written under (ml); odd while a scan runs */
	struct list_head rdllist;    /* (l) ready items; the scan owns it while scan_seq is odd */
	struct epitem *ovflist;	     /* (l) became ready while a scan runs, newest first */
	wait_queue_head_t wq;	     /* (l) sleepers in WAIT, newest first */
	struct wakeup_source *ws;    /* (ml) for items with one; see wakeup.c */
	u32 busy_poll_usecs;	     /* (r) 0: no busy polling */
	u16 busy_poll_budget;	     /* (r) packets in a round, 0: the kernel's default */
	bool prefer_busy_poll;	     /* (r) keep the device's interrupts off meanwhile */
	unsigned int napi_id;	     /* (r) of a socket that was ready; see busy_poll.c */
	unsigned int wake_depth;     /* (p) instances that the current wake-up came through */
	wait_queue_head_t poll_wait; /* (s) those who poll() the instance itself */
	struct rcu_head rcu;	     /* (o) after the last reference */
};

/* The key of an item: an open file and the number it was added under. */
struct epoll_filefd {
	struct file *file; /* (i) not a reference; see "Removal paths" */
	int fd;		   /* (i) */
} __packed;		   /* so that it and an event share three words of an item */

/* An item's place on one wait queue of its target. */
struct eppoll_entry {
	struct eppoll_entry *next; /* (m) */
	wait_queue_head_t *whead;  /* (b3) */
	wait_queue_entry_t wait;   /* (h) its .private is the item (i) */
};

/* One watched target. */
struct epitem {
	union {
		struct rb_node rbn;  /* (m) */
		struct rcu_head rcu; /* (o) after removal: readers of the table may still pass */
	};
	struct epoll_filefd ffd;  /* (i) */
	struct epoll_event event; /* (m); .events (b2), also written by late_close.c */
	struct epitem *same_file; /* (b6) behind us in the file's chain; written under (t) */
	union {
		struct rhash_head watched;   /* (t) first of its chain: in the table */
		struct epitem **same_file_p; /* (t) behind it: what points here */
	};

	struct eventpoll *ep;	   /* (i) counted */
	struct list_head rdllink;  /* (l) in rdllist; or by the scan, which owns that */
	struct epitem *next;	   /* (l) in ovflist */
	struct wakeup_source *ws;  /* (ml) NULL without WAKEUP */
	struct eppoll_entry first; /* (m) most targets have one wait queue and need no more */
};

static_assert(sizeof(struct epitem) <= 160, "25 items to a page");

extern const struct file_operations myep_instance_fops;

/* Is this the file of an instance? */
static inline bool myep_is_instance(const struct file *file)
{
	return file->f_op == &myep_instance_fops;
}

/* Can an ADD change what is inside what? Then the nesting mutex is held. LOOP: it must not. */
enum myep_topology { MYEP_FLAT, MYEP_NESTED, MYEP_LOOP };

struct myep_user;

/* item.c: allocate, free, find, link */
int __init myep_item_init(void);
void myep_item_exit(void);
struct eventpoll *myep_alloc(void);
void myep_put(struct eventpoll *ep);
struct epitem *myep_item_alloc(struct eventpoll *ep, struct file *file, int fd,
			       const struct epoll_event *event);
void myep_item_free(struct epitem *epi);
struct eppoll_entry *myep_entry_alloc(struct epitem *epi);
void myep_entries_free(struct epitem *epi);
struct epitem *myep_find(struct eventpoll *ep, struct file *file, int fd);
void myep_link(struct eventpoll *ep, struct epitem *epi);
void myep_detain_begin(void);
void myep_detain_end(void);

/* ctl.c: ADD, MOD, DEL */
int myep_ctl(struct file *file, int op, int fd, struct epoll_event *event);
int myep_insert(struct eventpoll *ep, struct file *file, int fd, const struct epoll_event *event,
		enum myep_topology topology);
void myep_announce(struct eventpoll *ep, struct epitem *epi);

/* topology.c: instances inside instances */
enum myep_topology myep_nesting_lock(struct eventpoll *ep, const struct file *target);
void myep_nesting_unlock(void);
bool myep_paths_ok(struct file *target);

/* callback.c: all that runs under a target's wait-queue lock, and what attaches and detaches it */
__poll_t myep_attach(struct epitem *epi, int *error);
void myep_detach(struct epitem *epi);
void myep_wake_pollers(struct eventpoll *ep, __poll_t key, unsigned int depth);

/* wait.c: WAIT */
int myep_wait(struct eventpoll *ep, struct epoll_event __user *events, int maxevents,
	      s64 timeout_ns);
int myep_set_sigmask(const sigset_t __user *mask, size_t size);
void myep_restore_sigmask(bool interrupted);

/* deliver.c: the scans */
int myep_deliver(struct eventpoll *ep, struct epoll_event __user *events, int maxevents);
bool myep_any_ready(struct eventpoll *ep, unsigned int depth);

/* lifetime.c: how items die */
int __init myep_lifetime_init(void);
void myep_lifetime_exit(void);
void myep_remove(struct eventpoll *ep, struct epitem *epi);
void myep_release_items(struct eventpoll *ep);
asmlinkage void myep_file_closing(struct file *file);

/* instance.c: the file operations of an instance */
int myep_create(u32 flags);
__poll_t myep_instance_poll(struct file *file, poll_table *pt, unsigned int depth);

/* device.c: /dev/myepoll */
int __init myep_device_init(void);
void myep_device_exit(void);
long myep_ioc_info(void __user *arg);

/* fdinfo.c: /proc/PID/fdinfo/FD */
void myep_show_fdinfo(struct seq_file *m, struct file *file);

#endif /* MYEPOLL_EVENTPOLL_H */
