/* SPDX-License-Identifier: GPL-2.0-only */
/* Scans of the ready list. */
#ifndef MYEPOLL_DELIVER_H
#define MYEPOLL_DELIVER_H

#include "eventpoll.h"

long myep_deliver(struct myep_eventpoll *ep, struct epoll_event __user *events, int maxevents,
		  struct list_head *left);
long myep_deliver_traced(struct myep_eventpoll *ep, struct epoll_event __user *events,
			 int maxevents, struct list_head *left);
bool myep_any_ready(struct myep_eventpoll *ep, unsigned int depth);

#endif /* MYEPOLL_DELIVER_H */
