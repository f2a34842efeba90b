/* SPDX-License-Identifier: GPL-2.0-only */
/* The hook on a target's wait queues. */
#ifndef MYEPOLL_CALLBACK_H
#define MYEPOLL_CALLBACK_H

#include "eventpoll.h"

__poll_t myep_attach(struct myep_epitem *epi, int *error);
void myep_detach(struct myep_epitem *epi);

#endif /* MYEPOLL_CALLBACK_H */
