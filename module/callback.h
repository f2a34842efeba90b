/* SPDX-License-Identifier: GPL-2.0-only */
/* The hook on a target's wait queues. */
#ifndef MYEPOLL_CALLBACK_H
#define MYEPOLL_CALLBACK_H

#include "eventpoll.h"

__poll_t myep_attach(struct myep_epitem *epi, int *error);
void myep_detach(struct myep_epitem *epi);
void myep_wake_pollers(struct myep_eventpoll *ep, __poll_t key, unsigned int depth);

#endif /* MYEPOLL_CALLBACK_H */
