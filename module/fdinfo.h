/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/PID/fdinfo/FD of an instance. */
#ifndef MYEPOLL_FDINFO_H
#define MYEPOLL_FDINFO_H

#include <linux/fs.h>
#include <linux/seq_file.h>

void myep_show_fdinfo(struct seq_file *m, struct file *file);

#endif /* MYEPOLL_FDINFO_H */
