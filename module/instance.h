/* SPDX-License-Identifier: GPL-2.0-only */
/* The file of an instance. */
#ifndef MYEPOLL_INSTANCE_H
#define MYEPOLL_INSTANCE_H

#include "eventpoll.h"

extern const struct file_operations myep_instance_fops;

int myep_create(u32 flags);
__poll_t myep_instance_poll(struct file *file, poll_table *pt, unsigned int depth);

static inline bool myep_is_instance(const struct file *file)
{
	return file->f_op == &myep_instance_fops;
}

#endif /* MYEPOLL_INSTANCE_H */
