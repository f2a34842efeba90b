/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of watched files: from a file to the items that watch it, in all instances. Looked
 * into on every last close of the system and by topology.c.
 */
#ifndef MYEPOLL_WATCHED_H
#define MYEPOLL_WATCHED_H

#include "eventpoll.h"

#include <linux/hash.h>
#include <linux/rhashtable.h>

extern struct rhashtable myep_watched;

/*
 * How many items have a file with this hash. Mostly 0, and that spares the close of a file that
 * nobody watches the look into the table: it is what everybody pays for the module.
 */
#define MYEP_WATCH_HINT_BITS 14
extern atomic_t myep_watch_hints[1 << MYEP_WATCH_HINT_BITS];

static inline atomic_t *myep_watch_hint(const struct file *file)
{
	return &myep_watch_hints[hash_ptr(file, MYEP_WATCH_HINT_BITS)];
}

/**
 * myep_perhaps_watched() - can a file be in the table?
 * @file: only a key, not followed; nobody can add it meanwhile
 *
 * Context: any.
 * Return: false if nobody watches it.
 */
static inline bool myep_perhaps_watched(const struct file *file)
{
	return atomic_read(myep_watch_hint(file));
}

int __init myep_watched_init(void);
void myep_watched_exit(void);
int myep_watch(struct epitem *epi);
void myep_unwatch(struct epitem *epi);

/* The seed goes in before the multiplication, so that a rehash parts files that met. */
static inline u32 myep_watched_hash(const void *key, u32 len, u32 seed)
{
	return hash_long((unsigned long)*(struct file *const *)key ^ seed, 32);
}

static inline int myep_watched_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct epitem *epi = obj;

	return epi->ffd.file != *(struct file *const *)arg->key;
}

static const struct rhashtable_params myep_watched_params = {
	.key_len = sizeof(struct file *),
	.key_offset = offsetof(struct epitem, ffd.file),
	.head_offset = offsetof(struct epitem, watched),
	.hashfn = myep_watched_hash,
	.obj_cmpfn = myep_watched_cmp,
	.automatic_shrinking = true,
};

/**
 * myep_first_watch() - the first of the items that watch a file
 * @file: only a key, not followed
 *
 * Context: any, inside an RCU section.
 * Return: the item, or NULL if nobody watches it.
 */
static __always_inline struct epitem *myep_first_watch(struct file *file)
{
	return rhashtable_lookup(&myep_watched, &file, myep_watched_params);
}

/**
 * myep_next_watch() - the item after another one that watches the same file
 * @epi: an item that was found in the same RCU section
 *
 * Context: any, inside an RCU section.
 * Return: the item, or NULL if there is no more.
 */
static inline struct epitem *myep_next_watch(const struct epitem *epi)
{
	/* [b6] pairs with myep_add_behind() */
	return smp_load_acquire(&epi->same_file);
}

#endif /* MYEPOLL_WATCHED_H */
