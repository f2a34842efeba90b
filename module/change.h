/* SPDX-License-Identifier: GPL-2.0-only */
/* CHANGE. */
#ifndef MYEPOLL_CHANGE_H
#define MYEPOLL_CHANGE_H

#include <linux/fs.h>

long myep_ioc_change(struct file *file, void __user *arg);

#endif /* MYEPOLL_CHANGE_H */
