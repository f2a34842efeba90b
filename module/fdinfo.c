// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/PID/fdinfo/FD of an instance: its number, what its ring has done, if it has one, then one
 * line per item, in epoll's format (behaviours: 144, 145). Whoever reads it of a large set holds
 * nobody up for long.
 */
#include "fdinfo.h"
#include "item.h"
#include "ring.h"

#include <linux/sched.h>

void myep_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct myep_eventpoll *ep = file->private_data;
	struct myep_epitem *epi, *next;
	unsigned int seen = 0;

	seq_printf(m, "instance: %llu\n", ep->number);
	mutex_lock(&ep->mtx);
	if (ep->has_ring)
		myep_ring_show(m, ep->ring);
	for (epi = myep_first_item(ep); epi; epi = next) {
		const struct inode *inode = file_inode(epi->ffd.file);
		const struct myep_epoll_filefd key = epi->ffd;

		seq_printf(m, "tfd: %8d events: %8x data: %16llx  pos:%lli ino:%llx sdev:%x\n",
			   epi->ffd.fd, READ_ONCE(epi->event.events), (u64)epi->event.data,
			   epi->ffd.file->f_pos, (u64)inode->i_ino, inode->i_sb->s_dev);
		if (seq_has_overflowed(m))
			break;
		next = myep_next_in_walk(ep, myep_next_item(epi), &key, &seen);
	}
	mutex_unlock(&ep->mtx);
}
