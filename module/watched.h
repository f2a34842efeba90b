/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of watched files: from a file to the items that watch it, in all instances. Every
 * last close on the system looks into it, and topology.c.
 */
#ifndef MYEPOLL_WATCHED_H
#define MYEPOLL_WATCHED_H

#include "eventpoll.h"

#include <linux/hash.h>
#include <linux/rhashtable.h>

extern struct rhashtable myep_watched;

/*
 * How many items have a file with this hash. Usually 0, which saves the close of an unwatched
 * file the table lookup: this is what every close on the system pays for the module.
 */
#define MYEP_WATCH_HINT_BITS 14
extern atomic_t myep_watch_hints[1 << MYEP_WATCH_HINT_BITS];

static inline atomic_t *myep_watch_hint(const struct file *file)
{
	return &myep_watch_hints[hash_ptr(file, MYEP_WATCH_HINT_BITS)];
}

/* Could the file be in the table? @file is only a key; nobody can add it during the call. */
static inline bool myep_perhaps_watched(const struct file *file)
{
	return atomic_read(myep_watch_hint(file));
}

int __init myep_watched_init(void);
void myep_watched_exit(void);
int myep_watch(struct myep_epitem *epi);
void myep_unwatch(struct myep_epitem *epi);

/* The seed is mixed in before the multiplication, so that a rehash separates collisions. */
static inline u32 myep_watched_hash(const void *key, u32 len, u32 seed)
{
	return hash_long((unsigned long)*(struct file *const *)key ^ seed, 32);
}

static inline int myep_watched_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct myep_epitem *epi = obj;

	return epi->ffd.file != *(struct file *const *)arg->key;
}

static const struct rhashtable_params myep_watched_params = {
	.key_len = sizeof(struct file *),
	.key_offset = offsetof(struct myep_epitem, ffd.file),
	.head_offset = offsetof(struct myep_epitem, watched),
	.hashfn = myep_watched_hash,
	.obj_cmpfn = myep_watched_cmp,
	.automatic_shrinking = true,
};

/* The first item that watches a file, or NULL. @file is only a key. Inside an RCU section. */
static __always_inline struct myep_epitem *myep_first_watch(struct file *file)
{
	return rhashtable_lookup(&myep_watched, &file, myep_watched_params);
}

/* The next item that watches the same file, or NULL. Inside the RCU section that found @epi. */
static inline struct myep_epitem *myep_next_watch(const struct myep_epitem *epi)
{
	/* [b6] pairs with myep_add_behind() */
	return smp_load_acquire(&epi->same_file);
}

#endif /* MYEPOLL_WATCHED_H */
