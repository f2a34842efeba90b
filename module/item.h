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
struct myep_epitem *myep_find(struct myep_eventpoll *ep, struct file *file, int fd);
void myep_link(struct myep_eventpoll *ep, struct myep_epitem *epi);
void myep_detain_begin(void);
void myep_detain_end(void);

#endif /* MYEPOLL_ITEM_H */
