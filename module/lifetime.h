/* SPDX-License-Identifier: GPL-2.0-only */
/* How items end. */
#ifndef MYEPOLL_LIFETIME_H
#define MYEPOLL_LIFETIME_H

#include "eventpoll.h"

int __init myep_lifetime_init(void);
void myep_lifetime_exit(void);
void myep_remove_held(struct myep_eventpoll *ep, struct myep_epitem *epi);
void myep_release_items(struct myep_eventpoll *ep);
asmlinkage void myep_file_closing(struct file *file);

#endif /* MYEPOLL_LIFETIME_H */
