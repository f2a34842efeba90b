// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory and the interest list: instances, items and wait entries are made, freed, found and
 * linked here, each with one destructor.
 */
#include "eventpoll.h"
#include "limits.h"
#include "ready.h"

#include <linux/device.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

static struct kmem_cache *myep_eventpoll_cache __ro_after_init;
static struct kmem_cache *myep_epitem_cache __ro_after_init;
static struct kmem_cache *myep_entry_cache __ro_after_init;

/*
 * A walk of topology.c that leaves its RCU section to let a grace period end stands on an item. So
 * while it lasts, what a grace period has passed for waits here instead of being freed.
 */
static struct {
	spinlock_t lock;       /* (s) */
	bool on;	       /* (b7) */
	struct rcu_head *list; /* (d) */
} myep_detained = { .lock = __SPIN_LOCK_UNLOCKED(myep_detained.lock) };

/* Called back when a grace period has passed. Return: false if it can be freed now. */
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
 * myep_detain_begin() - free no item and no instance that can be found from now on
 *
 * Context: process, before the RCU sections in which they are found; the nesting mutex held.
 */
void myep_detain_begin(void)
{
	/* [b7] pairs with myep_detain() */
	WRITE_ONCE(myep_detained.on, true);
}

/**
 * myep_detain_end() - go on to free
 *
 * Context: process, may sleep, the nesting mutex held.
 */
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

/**
 * myep_alloc() - make an instance with one reference
 *
 * Context: process, may sleep.
 * Return: the instance, or NULL without memory.
 */
struct eventpoll *myep_alloc(void)
{
	struct eventpoll *ep = kmem_cache_zalloc(myep_eventpoll_cache, GFP_KERNEL);

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
	refcount_set(&ep->refcount, 1);
	return ep;
}

static void myep_free_rcu(struct rcu_head *rcu)
{
	if (!myep_detain(rcu, myep_free_rcu))
		kmem_cache_free(myep_eventpoll_cache, container_of(rcu, struct eventpoll, rcu));
}

/**
 * myep_put() - drop a reference; the last one frees the instance
 * @ep: the instance
 *
 * After a grace period: a walk of topology.c may be passing through it.
 *
 * Context: process, may sleep; ep->mtx not held unless another reference is known to exist.
 */
void myep_put(struct eventpoll *ep)
{
	bool orphan;

	if (!refcount_dec_and_test(&ep->refcount))
		return;
	orphan = ep->orphan;
	WARN_ON_ONCE(!RB_EMPTY_ROOT(&ep->rbr.rb_root));
	mutex_destroy(&ep->mtx);
	wakeup_source_unregister(ep->ws);
	myep_user_put(ep->user);
	call_rcu(&ep->rcu, myep_free_rcu);
	/* Unloading waits until path C, which is counted, has left our text. */
	if (unlikely(orphan))
		module_put(THIS_MODULE);
}

/**
 * myep_item_alloc() - make an item, charged to a user; it takes a reference on its instance
 * @ep: the instance
 * @file: the target, not referenced by the item
 * @fd: the number it is added under
 * @event: interest and data; ERR and HUP are added to the interest
 *
 * Context: process, may sleep.
 * Return: the item, linked nowhere, or NULL without memory.
 */
struct epitem *myep_item_alloc(struct eventpoll *ep, struct file *file, int fd,
			       const struct epoll_event *event)
{
	struct epitem *epi = kmem_cache_alloc(myep_epitem_cache, GFP_KERNEL);

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
		kmem_cache_free(myep_epitem_cache, container_of(rcu, struct epitem, rcu));
}

/**
 * myep_item_free() - free an item that is linked nowhere any more
 * @epi: the item, detached; the caller still has to myep_put() the item's instance
 *
 * After a grace period: a look-up of another file may be passing through it.
 *
 * Context: process.
 */
void myep_item_free(struct epitem *epi)
{
	myep_uncharge(epi->ep->user);
	call_rcu(&epi->rcu, myep_item_free_rcu);
}

/**
 * myep_entry_alloc() - make a wait entry and put it on its item's list
 * @epi: the item
 *
 * The caller sets ->wait.private, which also says that the entry inside the item is taken.
 *
 * Context: process, epi->ep->mtx held, may sleep.
 * Return: the entry, or NULL without memory.
 */
struct eppoll_entry *myep_entry_alloc(struct epitem *epi)
{
	struct eppoll_entry *pwq = &epi->first;

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
 * @epi: the item; none of its entries is on a wait queue any more
 *
 * Context: epi->ep->mtx held.
 */
void myep_entries_free(struct epitem *epi)
{
	struct eppoll_entry *pwq;

	lockdep_assert_held(&epi->ep->mtx);
	while ((pwq = epi->first.next)) {
		epi->first.next = pwq->next;
		kmem_cache_free(myep_entry_cache, pwq);
	}
}

/* The order is arbitrary to users; behaviours: 42. */
static int myep_compare(const struct epitem *epi, const struct file *file, int fd)
{
	if (file != epi->ffd.file)
		return file < epi->ffd.file ? -1 : 1;
	return fd - epi->ffd.fd;
}

/**
 * myep_find() - the item of an open file under a number
 * @ep: the instance
 * @file: the target
 * @fd: the number it was added under
 *
 * Context: ep->mtx held.
 * Return: the item or NULL.
 */
struct epitem *myep_find(struct eventpoll *ep, struct file *file, int fd)
{
	struct rb_node *node = ep->rbr.rb_root.rb_node;

	lockdep_assert_held(&ep->mtx);
	while (node) {
		struct epitem *epi = rb_entry(node, struct epitem, rbn);
		int order = myep_compare(epi, file, fd);

		if (!order)
			return epi;
		node = order < 0 ? node->rb_left : node->rb_right;
	}
	return NULL;
}

/**
 * myep_link() - enter an item in the interest list
 * @ep: the instance
 * @epi: an item whose key is not in the list
 *
 * Context: ep->mtx held.
 */
void myep_link(struct eventpoll *ep, struct epitem *epi)
{
	struct rb_node **link = &ep->rbr.rb_root.rb_node;
	struct rb_node *parent = NULL;
	bool leftmost = true;

	lockdep_assert_held(&ep->mtx);
	while (*link) {
		struct epitem *at = rb_entry(*link, struct epitem, rbn);

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

/**
 * myep_item_init() - make the slab caches
 *
 * Context: process, while loading.
 * Return: 0 or -ENOMEM.
 */
int __init myep_item_init(void)
{
	myep_eventpoll_cache = kmem_cache_create("myepoll_eventpoll", sizeof(struct eventpoll), 0,
						 SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT, NULL);
	/* Of items there are many: memory counts for more than a cache line each. */
	myep_epitem_cache =
		kmem_cache_create("myepoll_epitem", sizeof(struct epitem), 0, SLAB_ACCOUNT, NULL);
	myep_entry_cache = kmem_cache_create("myepoll_eppoll_entry", sizeof(struct eppoll_entry), 0,
					     SLAB_ACCOUNT, NULL);
	if (myep_eventpoll_cache && myep_epitem_cache && myep_entry_cache)
		return 0;
	myep_item_exit();
	return -ENOMEM;
}

/**
 * myep_item_exit() - destroy the slab caches
 *
 * Context: process; every instance is gone, items may still wait for their grace period.
 */
void myep_item_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(myep_entry_cache);
	kmem_cache_destroy(myep_epitem_cache);
	kmem_cache_destroy(myep_eventpoll_cache);
}
