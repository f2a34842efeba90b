// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/PID/fdinfo/FD of an instance: one line per item, in epoll's format (behaviours: 144, 145).
 */
#include "fdinfo.h"
#include "eventpoll.h"

#include <linux/sched.h>

void myep_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct myep_eventpoll *ep = file->private_data;
	struct rb_node *node;

	mutex_lock(&ep->mtx);
	for (node = rb_first_cached(&ep->rbr); node; node = rb_next(node)) {
		const struct myep_epitem *epi = rb_entry(node, struct myep_epitem, rbn);
		const struct inode *inode = file_inode(epi->ffd.file);

		seq_printf(m, "tfd: %8d events: %8x data: %16llx  pos:%lli ino:%llx sdev:%x\n",
			   epi->ffd.fd, READ_ONCE(epi->event.events), (u64)epi->event.data,
			   epi->ffd.file->f_pos, (u64)inode->i_ino, inode->i_sb->s_dev);
		if (seq_has_overflowed(m))
			break;
		cond_resched();
	}
	mutex_unlock(&ep->mtx);
}
