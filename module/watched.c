// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of watched files, and for each file the chain of the items that watch it.
 *
 * The table holds the first item of each chain. A chain is linked in both directions, so that an
 * item among a million of the same file is taken out in one step; the table's own lists of equal
 * keys would be searched. Changes of a chain are serialized by a lock that some files share.
 */
#include "watched.h"

#include <linux/cache.h>
#include <linux/err.h>
#include <linux/spinlock.h>

#define MYEP_WATCH_LOCK_BITS 6

struct rhashtable myep_watched;
atomic_t myep_watch_hints[1 << MYEP_WATCH_HINT_BITS];

static struct myep_watch_lock {
	spinlock_t lock; /* (s) */
} ____cacheline_aligned_in_smp myep_watch_locks[1 << MYEP_WATCH_LOCK_BITS];

static spinlock_t *myep_watch_lock(const struct file *file)
{
	return &myep_watch_locks[hash_ptr(file, MYEP_WATCH_LOCK_BITS)].lock;
}

/**
 * myep_watch() - enter an item in the table
 * @epi: the item
 *
 * Context: process, a reference on the target held.
 * Return: 0 or -ENOMEM.
 */
int myep_watch(struct epitem *epi)
{
	spinlock_t *lock = myep_watch_lock(epi->ffd.file);
	struct epitem *first;

	INIT_HLIST_NODE(&epi->same_file);
	atomic_inc(myep_watch_hint(epi->ffd.file));
	spin_lock(lock);
	first = rhashtable_lookup_get_insert_fast(&myep_watched, &epi->watched,
						  myep_watched_params);
	if (!IS_ERR_OR_NULL(first))
		hlist_add_behind_rcu(&epi->same_file, &first->same_file);
	spin_unlock(lock);
	if (!IS_ERR(first))
		return 0;
	atomic_dec(myep_watch_hint(epi->ffd.file));
	return -ENOMEM;
}

/**
 * myep_unwatch() - take an item out of the table
 * @epi: the item; readers may pass through it until a grace period is over
 *
 * Context: process.
 */
void myep_unwatch(struct epitem *epi)
{
	spinlock_t *lock = myep_watch_lock(epi->ffd.file);
	struct epitem *second;

	spin_lock(lock);
	second = hlist_entry_safe(epi->same_file.next, struct epitem, same_file);
	if (!hlist_unhashed(&epi->same_file)) {
		hlist_del_rcu(&epi->same_file);
	} else if (second) {
		second->same_file.pprev = NULL;
		rhashtable_replace_fast(&myep_watched, &epi->watched, &second->watched,
					myep_watched_params);
	} else {
		rhashtable_remove_fast(&myep_watched, &epi->watched, myep_watched_params);
	}
	spin_unlock(lock);
	atomic_dec(myep_watch_hint(epi->ffd.file));
}

/**
 * myep_watched_init() - make the table
 *
 * Context: process, while loading.
 * Return: 0 or -ENOMEM.
 */
int __init myep_watched_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(myep_watch_locks); i++)
		spin_lock_init(&myep_watch_locks[i].lock);
	return rhashtable_init(&myep_watched, &myep_watched_params);
}

/**
 * myep_watched_exit() - destroy the table
 *
 * Context: process; it is empty and nobody looks into it any more.
 */
void myep_watched_exit(void)
{
	rhashtable_destroy(&myep_watched);
}
