/* SPDX-License-Identifier: GPL-2.0-only */
/* Targets whose last reference is ours. */
#ifndef MYEPOLL_LATE_CLOSE_H
#define MYEPOLL_LATE_CLOSE_H

#include <linux/fs.h>
#include <linux/init.h>

struct myep_eventpoll;

int __init myep_late_close_init(void);
void myep_late_close_exit(void);
void myep_put_file_deferred(struct myep_eventpoll *ep, struct file *file);

#endif /* MYEPOLL_LATE_CLOSE_H */
