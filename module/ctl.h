/* SPDX-License-Identifier: GPL-2.0-only */
/* ADD, MOD and DEL; SET and DROP. */
#ifndef MYEPOLL_CTL_H
#define MYEPOLL_CTL_H

#include "topology.h"

int myep_ctl(struct file *epfile, int op, int fd, struct epoll_event *event);
int myep_ctl_held(struct file *epfile, int op, int fd, struct epoll_event *event, u32 flags);
int myep_insert(struct myep_eventpoll *ep, struct file *file, int fd,
		const struct epoll_event *event, struct myep_nesting *nesting, u32 flags);

#endif /* MYEPOLL_CTL_H */
