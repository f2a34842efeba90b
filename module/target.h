/* SPDX-License-Identifier: GPL-2.0-only */
/* How a target is polled. Inline, because every scan does it for each item. */
#ifndef MYEPOLL_TARGET_H
#define MYEPOLL_TARGET_H

#include "eventpoll.h"
#include "instance.h"
#include "late_close.h"

#include <linux/poll.h>
#include "compat/file.h"

/**
 * myep_target_poll() - poll a target
 * @file: the target
 * @pt: poll table to pass on
 * @depth: number of instances above the one that polls
 *
 * An instance is called directly, because its ->poll() would not know the depth.
 *
 * Context: process, a reference on @file held, may sleep.
 * Return: what is ready, possibly more than pt->_key asks for.
 */
static inline __poll_t myep_target_poll(struct file *file, poll_table *pt, unsigned int depth)
{
	if (unlikely(myep_is_instance(file)))
		return myep_instance_poll(file, pt, depth + 1);
	return vfs_poll(file, pt);
}

/**
 * myep_item_poll() - poll the target of an item
 * @epi: the item
 * @pt: a poll table that registers nothing; can be reused
 * @depth: number of instances above the item's own
 *
 * Holds the target during its ->poll() and no longer. A target that is being closed is not ready
 * (behaviours: 130).
 *
 * Context: process, epi->ep->mtx held, may sleep.
 * Return: what of the item's interest is ready, 0 if nothing is.
 */
static inline __poll_t myep_item_poll(struct myep_epitem *epi, poll_table *pt, unsigned int depth)
{
	struct file *file = epi->ffd.file;
	__poll_t interest, ready;

	lockdep_assert_held(&epi->ep->mtx);
	if (!myep_get_file_live(file))
		return 0;
	interest = READ_ONCE(epi->event.events);
	pt->_key = interest;
	ready = myep_target_poll(file, pt, depth) & interest;
	if (unlikely(!myep_put_file_unless_last(file)))
		myep_put_file_deferred(epi->ep, file);
	return ready;
}

#endif /* MYEPOLL_TARGET_H */
