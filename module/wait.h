/* SPDX-License-Identifier: GPL-2.0-only */
/* WAIT. */
#ifndef MYEPOLL_WAIT_H
#define MYEPOLL_WAIT_H

#include "eventpoll.h"

long myep_wait(struct myep_eventpoll *ep, struct epoll_event __user *events, int maxevents,
	       s64 timeout_ns);
int myep_set_sigmask(const sigset_t __user *mask, size_t size);
void myep_restore_sigmask(bool interrupted);

/* A thread that sleeps in WAIT, on its own stack. */
struct myep_sleeper {
	wait_queue_entry_t wait; /* (l) its .private is the task (i) */
	unsigned long since;	 /* (i) in jiffies */
};

#endif /* MYEPOLL_WAIT_H */
