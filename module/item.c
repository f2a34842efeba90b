// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory and the interest list: instances, items and wait entries are allocated, freed, found and
 * linked here; each has one destructor.
 */
#include "item.h"
#include "limits.h"
#include "ready.h"
#include "ring.h"

#include <linux/device.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

static struct kmem_cache *myep_eventpoll_cache __ro_after_init;
static struct kmem_cache *myep_epitem_cache __ro_after_init;
static struct kmem_cache *myep_entry_cache __ro_after_init;

/*
 * A walk of topology.c leaves its RCU section now and then, while it points to an item. So during a
 * walk, RCU callbacks put their object on this list instead of freeing it.
 */
static struct {
	spinlock_t lock;       /* (s) */
	bool on;	       /* (b7) */
	struct rcu_head *list; /* (d) */
} myep_detained = { .lock = __SPIN_LOCK_UNLOCKED(myep_detained.lock) };

/* For RCU callbacks. Return: false if the object can be freed now. */
static bool myep_detain(struct rcu_head *rcu, rcu_callback_t free)
{
	bool on;

	/* [b7] pairs with myep_detain_begin() */
	if (likely(!READ_ONCE(myep_detained.on)))
		return false;
	spin_lock_bh(&myep_detained.lock);
	on = READ_ONCE(myep_detained.on);
	if (on) {
		rcu->func = free;
		rcu->next = myep_detained.list;
		myep_detained.list = rcu;
	}
	spin_unlock_bh(&myep_detained.lock);
	return on;
}

/**
 * myep_detain_begin() - do not free any item or instance that can still be found
 *
 * Context: process, before the RCU sections in which they are found; the nesting mutex held.
 */
void myep_detain_begin(void)
{
	/* [b7] pairs with myep_detain() */
	WRITE_ONCE(myep_detained.on, true);
}

/* Free what was detained. May sleep; the nesting mutex is held. */
void myep_detain_end(void)
{
	struct rcu_head *rcu, *next;

	spin_lock_bh(&myep_detained.lock);
	WRITE_ONCE(myep_detained.on, false);
	rcu = myep_detained.list;
	myep_detained.list = NULL;
	spin_unlock_bh(&myep_detained.lock);

	for (; rcu; rcu = next) {
		next = rcu->next;
		rcu->func(rcu);
		cond_resched();
	}
}

/*
 * All instances, for debuggers: nothing in the module reads the list. An instance is on it for as
 * long as its memory is valid: myep_alloc() puts it there, complete but for its file, and
 * myep_free_rcu() takes it off. So an instance that is closed, and waits for path C or for its
 * grace period, is on it with ep->file NULL, and neither CTL nor close() pays for the list.
 * The lock excludes CREATEs from one another and from RCU callbacks, which run in softirqs and,
 * after myep_detain_end(), in a process.
 */
static struct {
	spinlock_t lock;       /* (s) */
	struct list_head list; /* (g) oldest first */
} myep_instances = {
	.lock = __SPIN_LOCK_UNLOCKED(myep_instances.lock),
	.list = LIST_HEAD_INIT(myep_instances.list),
};

static atomic64_t myep_last_number = ATOMIC64_INIT(0);

/* An instance with one reference, or NULL without memory. */
struct myep_eventpoll *myep_alloc(void)
{
	struct myep_eventpoll *ep = kmem_cache_zalloc(myep_eventpoll_cache, GFP_KERNEL);

	if (!ep)
		return NULL;
	ep->user = myep_user_get();
	if (!ep->user) {
		kmem_cache_free(myep_eventpoll_cache, ep);
		return NULL;
	}
	mutex_init(&ep->mtx);
	spin_lock_init(&ep->lock);
	init_waitqueue_head(&ep->wq);
	init_waitqueue_head(&ep->poll_wait);
	ep->rbr = RB_ROOT_CACHED;
	myep_ready_init(ep);
	ep->number = atomic64_inc_return(&myep_last_number);
	refcount_set(&ep->refcount, 1);
	spin_lock_bh(&myep_instances.lock);
	list_add_tail(&ep->instances, &myep_instances.list);
	spin_unlock_bh(&myep_instances.lock);
	return ep;
}

static void myep_free_rcu(struct rcu_head *rcu)
{
	struct myep_eventpoll *ep = container_of(rcu, struct myep_eventpoll, rcu);

	if (myep_detain(rcu, myep_free_rcu))
		return;
	spin_lock_bh(&myep_instances.lock);
	list_del(&ep->instances);
	spin_unlock_bh(&myep_instances.lock);
	kmem_cache_free(myep_eventpoll_cache, ep);
}

/**
 * myep_put() - drop a reference; the last one frees the instance
 * @ep: the instance
 *
 * The memory is freed after a grace period: a walk of topology.c may be using it.
 *
 * Context: process, may sleep; ep->mtx not held unless another reference is known to exist.
 */
void myep_put(struct myep_eventpoll *ep)
{
	bool orphan;

	if (!refcount_dec_and_test(&ep->refcount))
		return;
	orphan = ep->orphan;
	WARN_ON_ONCE(!RB_EMPTY_ROOT(&ep->rbr.rb_root));
	mutex_destroy(&ep->mtx);
	if (unlikely(ep->ws)) {
		if (ep->has_ring)
			myep_ring_put(ep->ring);
		else
			wakeup_source_unregister(ep->ws);
	}
	myep_user_put(ep->user);
	call_rcu(&ep->rcu, myep_free_rcu);
	/* Unloading waits for path C to leave the module: see myep_closing. */
	if (unlikely(orphan))
		module_put(THIS_MODULE);
}

/**
 * myep_item_alloc() - allocate an item, charge its user, and reference its instance
 * @ep: the instance
 * @file: the target, not referenced by the item
 * @fd: the descriptor it is added under
 * @event: interest and data; ERR and HUP are added to the interest
 *
 * Context: process, may sleep.
 * Return: the item, linked nowhere, or NULL without memory.
 */
struct myep_epitem *myep_item_alloc(struct myep_eventpoll *ep, struct file *file, int fd,
				    const struct epoll_event *event)
{
	struct myep_epitem *epi = kmem_cache_alloc(myep_epitem_cache, GFP_KERNEL);

	if (!epi)
		return NULL;
	epi->ffd.file = file;
	epi->ffd.fd = fd;
	epi->first.next = NULL;
	epi->first.whead = NULL;
	epi->first.wait.private = NULL;
	epi->ws = NULL;
	epi->event = *event;
	epi->event.events |= EPOLLERR | EPOLLHUP;
	myep_item_ready_init(epi);
	refcount_inc(&ep->refcount);
	epi->ep = ep;
	myep_charge(ep->user);
	return epi;
}

static void myep_item_free_rcu(struct rcu_head *rcu)
{
	if (!myep_detain(rcu, myep_item_free_rcu))
		kmem_cache_free(myep_epitem_cache, container_of(rcu, struct myep_epitem, rcu));
}

/**
 * myep_item_free() - free an item that is no longer linked anywhere
 * @epi: the item; its reference on the instance is the caller's to put
 *
 * The memory is freed after a grace period: a lookup of another file may be using it.
 *
 * Context: process.
 */
void myep_item_free(struct myep_epitem *epi)
{
	myep_uncharge(epi->ep->user);
	call_rcu(&epi->rcu, myep_item_free_rcu);
}

/**
 * myep_entry_alloc() - allocate a wait entry and put it on its item's list
 * @epi: the item
 *
 * The caller must set ->wait.private, which marks the entry inside the item as used.
 *
 * Context: process, epi->ep->mtx held, may sleep.
 * Return: the entry, or NULL without memory.
 */
struct myep_eppoll_entry *myep_entry_alloc(struct myep_epitem *epi)
{
	struct myep_eppoll_entry *pwq = &epi->first;

	lockdep_assert_held(&epi->ep->mtx);
	if (!pwq->wait.private)
		return pwq;
	pwq = kmem_cache_alloc(myep_entry_cache, GFP_KERNEL);
	if (!pwq)
		return NULL;
	pwq->next = epi->first.next;
	epi->first.next = pwq;
	return pwq;
}

/**
 * myep_entries_free() - free the wait entries of an item
 * @epi: the item; none of its entries is on a wait queue
 *
 * Context: epi->ep->mtx held.
 */
void myep_entries_free(struct myep_epitem *epi)
{
	struct myep_eppoll_entry *pwq;

	lockdep_assert_held(&epi->ep->mtx);
	while ((pwq = epi->first.next)) {
		epi->first.next = pwq->next;
		kmem_cache_free(myep_entry_cache, pwq);
	}
}

/* The order of the interest list. Any will do for users (behaviours: 42). */
int myep_compare(const struct myep_epitem *epi, const struct file *file, int fd)
{
	if (file != epi->ffd.file)
		return file < epi->ffd.file ? -1 : 1;
	return fd - epi->ffd.fd;
}

/* The item of a file that was added under @fd, or NULL. */
struct myep_epitem *myep_find(struct myep_eventpoll *ep, struct file *file, int fd)
{
	struct rb_node *node = ep->rbr.rb_root.rb_node;

	lockdep_assert_held(&ep->mtx);
	while (node) {
		struct myep_epitem *epi = rb_entry(node, struct myep_epitem, rbn);
		int order = myep_compare(epi, file, fd);

		if (!order)
			return epi;
		node = order < 0 ? node->rb_left : node->rb_right;
	}
	return NULL;
}

/**
 * myep_first_behind() - where a walk of the interest list goes on after it has let ep->mtx go
 * @ep: the instance
 * @key: the key of the last item that it has seen, which may be gone; never followed
 *
 * Context: ep->mtx held.
 * Return: the first item behind @key in the order of the list, or NULL.
 */
struct myep_epitem *myep_first_behind(struct myep_eventpoll *ep,
				      const struct myep_epoll_filefd *key)
{
	struct rb_node *node = ep->rbr.rb_root.rb_node;
	struct myep_epitem *behind = NULL;

	lockdep_assert_held(&ep->mtx);
	while (node) {
		struct myep_epitem *epi = rb_entry(node, struct myep_epitem, rbn);

		if (myep_compare(epi, key->file, key->fd) < 0) {
			behind = epi;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return behind;
}

/**
 * myep_next_in_walk() - go on in a walk of the interest list, and let others have ep->mtx at times
 * @ep: the instance
 * @next: the next item, if ep->mtx is not let go
 * @key: the key of the current item, which may be freed
 * @seen: counts the items of this walk, from 0
 *
 * Context: process, ep->mtx held; released and taken again after each MYEP_WALK_BATCH items.
 * Return: the next item, or NULL. An item that is in the list during the whole walk is not missed.
 */
struct myep_epitem *myep_next_in_walk(struct myep_eventpoll *ep, struct myep_epitem *next,
				      const struct myep_epoll_filefd *key, unsigned int *seen)
{
	lockdep_assert_held(&ep->mtx);
	cond_resched();
	if (++*seen % MYEP_WALK_BATCH)
		return next;
	mutex_unlock(&ep->mtx);
	cond_resched();
	mutex_lock(&ep->mtx);
	return myep_first_behind(ep, key);
}

/* Insert an item whose key is not in the interest list. */
void myep_link(struct myep_eventpoll *ep, struct myep_epitem *epi)
{
	struct rb_node **link = &ep->rbr.rb_root.rb_node;
	struct rb_node *parent = NULL;
	bool leftmost = true;

	lockdep_assert_held(&ep->mtx);
	while (*link) {
		struct myep_epitem *at = rb_entry(*link, struct myep_epitem, rbn);

		parent = *link;
		if (myep_compare(at, epi->ffd.file, epi->ffd.fd) < 0) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(&epi->rbn, parent, link);
	rb_insert_color_cached(&epi->rbn, &ep->rbr, leftmost);
}

int __init myep_item_init(void)
{
	const unsigned int entry_size = sizeof(struct myep_eppoll_entry);

	myep_eventpoll_cache = kmem_cache_create("myepoll_eventpoll", sizeof(struct myep_eventpoll),
						 0, SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT, NULL);
	/* There can be millions of items: no padding to cache lines. */
	myep_epitem_cache = kmem_cache_create("myepoll_epitem", sizeof(struct myep_epitem), 0,
					      SLAB_ACCOUNT, NULL);
	myep_entry_cache =
		kmem_cache_create("myepoll_eppoll_entry", entry_size, 0, SLAB_ACCOUNT, NULL);
	if (myep_eventpoll_cache && myep_epitem_cache && myep_entry_cache)
		return 0;
	myep_item_exit();
	return -ENOMEM;
}

/* Every instance is gone, but items may still wait for their grace period. */
void myep_item_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(myep_entry_cache);
	kmem_cache_destroy(myep_epitem_cache);
	kmem_cache_destroy(myep_eventpoll_cache);
}
