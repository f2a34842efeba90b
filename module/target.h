/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a target is asked what it is ready for. In the middle of every scan, hence inline.
 */
#ifndef MYEPOLL_TARGET_H
#define MYEPOLL_TARGET_H

#include "eventpoll.h"
#include "limits.h"

#include <linux/poll.h>
#include "compat/file.h"

/**
 * myep_target_poll() - ask a target
 * @file: the target
 * @pt: poll table of the question
 * @depth: how many instances there are above the one that asks
 *
 * An instance is asked directly: its ->poll() would not know how deep it is.
 *
 * Context: process, a reference on @file held, may sleep.
 * Return: what is ready, perhaps more than was asked for.
 */
static inline __poll_t myep_target_poll(struct file *file, poll_table *pt, unsigned int depth)
{
	if (unlikely(myep_is_instance(file)))
		return myep_instance_poll(file, pt, depth + 1);
	return vfs_poll(file, pt);
}

/**
 * myep_item_poll() - what of an item's interest is ready now
 * @epi: the item
 * @pt: a poll table that registers nothing, for any number of questions
 * @depth: how many instances there are above its own
 *
 * Holds the target for the time of its ->poll() and no longer; a target that is being closed
 * is not ready; behaviours: 130.
 *
 * Context: process, epi->ep->mtx held, may sleep.
 * Return: the ready bits, 0 if none.
 */
static inline __poll_t myep_item_poll(struct epitem *epi, poll_table *pt, unsigned int depth)
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
		myep_put_last(epi->ep, file);
	return ready;
}

#endif /* MYEPOLL_TARGET_H */
