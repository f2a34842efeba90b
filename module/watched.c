// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of watched files, and for each file the chain of the items that watch it.
 *
 * The table holds the first item of each chain. Chains are doubly linked, so that one item among a
 * million of the same file is removed in constant time; an rhltable would search its list. Changes
 * to a chain are serialized by a lock that several files share.
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

static void myep_add_behind(struct myep_epitem *epi, struct myep_epitem *first)
{
	struct myep_epitem *next = first->same_file;

	epi->same_file = next;
	epi->same_file_p = &first->same_file;
	if (next)
		next->same_file_p = &epi->same_file;
	/* [b6] pairs with myep_next_watch() */
	smp_store_release(&first->same_file, epi);
}

/* Its own pointer to the next item stays, for readers that are at this item. */
static void myep_del_behind(struct myep_epitem *epi)
{
	struct myep_epitem *next = epi->same_file;

	WRITE_ONCE(*epi->same_file_p, next);
	if (next)
		next->same_file_p = epi->same_file_p;
}

/**
 * myep_watch() - enter an item in the table
 * @epi: the item
 *
 * Context: process, a reference on the target held.
 * Return: 0 or -ENOMEM.
 */
int myep_watch(struct myep_epitem *epi)
{
	spinlock_t *lock = myep_watch_lock(epi->ffd.file);
	struct myep_epitem *first;

	epi->same_file = NULL;
	atomic_inc(myep_watch_hint(epi->ffd.file));
	spin_lock(lock);
	first = rhashtable_lookup_get_insert_fast(&myep_watched, &epi->watched,
						  myep_watched_params);
	if (!IS_ERR_OR_NULL(first))
		myep_add_behind(epi, first);
	spin_unlock(lock);
	if (!IS_ERR(first))
		return 0;
	atomic_dec(myep_watch_hint(epi->ffd.file));
	return -ENOMEM;
}

/**
 * myep_unwatch() - take an item out of the table
 * @epi: the item; readers may still use it until a grace period has passed
 *
 * Context: process.
 */
void myep_unwatch(struct myep_epitem *epi)
{
	spinlock_t *lock = myep_watch_lock(epi->ffd.file);
	struct myep_epitem *next;
	int err;

	spin_lock(lock);
	next = epi->same_file;
	if (next)
		err = rhashtable_replace_fast(&myep_watched, &epi->watched, &next->watched,
					      myep_watched_params);
	else
		err = rhashtable_remove_fast(&myep_watched, &epi->watched, myep_watched_params);
	/* If it is not in the table, it is behind another item. */
	if (err)
		myep_del_behind(epi);
	spin_unlock(lock);
	atomic_dec(myep_watch_hint(epi->ffd.file));
}

int __init myep_watched_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(myep_watch_locks); i++)
		spin_lock_init(&myep_watch_locks[i].lock);
	return rhashtable_init(&myep_watched, &myep_watched_params);
}

void myep_watched_exit(void)
{
	rhashtable_destroy(&myep_watched);
}
