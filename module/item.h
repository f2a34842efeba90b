/* SPDX-License-Identifier: GPL-2.0-only */
/* Instances, items and wait entries: allocate, free, find, link. */
#ifndef MYEPOLL_ITEM_H
#define MYEPOLL_ITEM_H

#include "eventpoll.h"

int __init myep_item_init(void);
void myep_item_exit(void);
struct myep_eventpoll *myep_alloc(void);
void myep_put(struct myep_eventpoll *ep);
struct myep_epitem *myep_item_alloc(struct myep_eventpoll *ep, struct file *file, int fd,
				    const struct epoll_event *event);
void myep_item_free(struct myep_epitem *epi);
struct myep_eppoll_entry *myep_entry_alloc(struct myep_epitem *epi);
void myep_entries_free(struct myep_epitem *epi);
int myep_compare(const struct myep_epitem *epi, const struct file *file, int fd);
struct myep_epitem *myep_find(struct myep_eventpoll *ep, struct file *file, int fd);
struct myep_epitem *myep_first_behind(struct myep_eventpoll *ep,
				      const struct myep_epoll_filefd *key);
struct myep_epitem *myep_next_in_walk(struct myep_eventpoll *ep, struct myep_epitem *next,
				      const struct myep_epoll_filefd *key, unsigned int *seen);
void myep_link(struct myep_eventpoll *ep, struct myep_epitem *epi);

/* Items that a walk of the interest list handles before it lets others have ep->mtx. */
#define MYEP_WALK_BATCH 256

/* The first item of the interest list, or NULL. */
static inline struct myep_epitem *myep_first_item(struct myep_eventpoll *ep)
{
	lockdep_assert_held(&ep->mtx);
	return rb_entry_safe(rb_first_cached(&ep->rbr), struct myep_epitem, rbn);
}

/* The next one, or NULL. */
static inline struct myep_epitem *myep_next_item(struct myep_epitem *epi)
{
	return rb_entry_safe(rb_next(&epi->rbn), struct myep_epitem, rbn);
}

void myep_detain_begin(void);
void myep_detain_end(void);

#endif /* MYEPOLL_ITEM_H */
