// SPDX-License-Identifier: GPL-2.0-only
/*
 * CHANGE: many changes of the interest list in one call, then a WAIT.
 *
 * Whatever can be wrong with the argument itself is found before the first entry. The entries are
 * read, applied and answered in chunks: user memory can be on a page that is slow to come, so it
 * is touched only between chunks, without ep->mtx; and at most a chunk is applied before others
 * have a chance to take ep->mtx.
 */
#include "change.h"
#include "ctl.h"
#include "eventpoll.h"
#include "trace.h"
#include "wait.h"

#include <linux/bits.h>
#include <linux/fault-inject-usercopy.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/myepoll.h>

#define MYEP_CHANGE_FLAGS (MYEPOLL_CHANGE_STOP_AT_ERROR | MYEPOLL_CHANGE_NO_SLEEP_AFTER_ERROR)

/* Entries that are applied before ep->mtx is let go. */
#define MYEP_CHANGE_CHUNK 16

/* Field by field, as in instance.c. Writes 0 to @tried. */
static bool myep_get_change(struct myepoll_change *change, struct myepoll_change __user *arg)
{
	bool done = false;

	if (should_fail_usercopy() || !user_access_begin(arg, sizeof(*arg)))
		return false;
	unsafe_get_user(change->entries, &arg->entries, fault);
	unsafe_get_user(change->count, &arg->count, fault);
	unsafe_get_user(change->flags, &arg->flags, fault);
	unsafe_get_user(change->pad, &arg->pad, fault);
	if (!myep_unsafe_get_wait(&change->wait, &arg->wait))
		goto fault;
	unsafe_put_user(0, &arg->tried, fault);
	done = true;
fault:
	user_access_end();
	return done;
}

/* Return: the end of those that could be read; if the next cannot, fewer than @count. */
static __always_inline struct myepoll_change_entry *
myep_get_entries(struct myepoll_change_entry *chunk,
		 const struct myepoll_change_entry __user *entries, unsigned int count)
{
	struct myepoll_change_entry *entry = chunk;

	if (should_fail_usercopy() || !user_read_access_begin(entries, count * sizeof(*entries)))
		return entry;
	for (; entry < chunk + count; entry++, entries++) {
		u64 *to = (u64 *)entry;
		const u64 __user *from = (const u64 __user *)entries;

		/* In words, which takes half as many instructions. */
		unsafe_get_user(to[0], &from[0], fault);
		unsafe_get_user(to[1], &from[1], fault);
		unsafe_get_user(to[2], &from[2], fault);
		unsafe_get_user(to[3], &from[3], fault);
	}
fault:
	user_read_access_end();
	return entry;
}

/* To where access_ok() has been checked. */
static bool myep_put_number(u32 number, u32 __user *to)
{
	return !should_fail_usercopy() && !__put_user(number, to);
}

/* Write the results that are marked in @differ. */
static noinline bool myep_put_results(const struct myepoll_change_entry *chunk,
				      struct myepoll_change_entry __user *to, unsigned int differ)
{
	unsigned int i;

	for (i = 0; differ >> i; i++)
		if ((differ & BIT(i)) &&
		    !myep_put_number(chunk[i].result, (u32 __user *)&to[i].result))
			return false;
	return true;
}

static __always_inline int myep_change_one(struct myep_eventpoll *ep, struct file *file,
					   const struct myepoll_change_entry *entry)
{
	struct epoll_event event = {
		.events = (__force __poll_t)entry->events,
		.data = entry->data,
	};
	int res = -EINVAL;

	lockdep_assert_held(&ep->mtx);
	if (likely(!((entry->flags & ~MYEPOLL_ENTRY_RING) | entry->pad)))
		res = myep_ctl_held(file, entry->op, entry->fd, &event, entry->flags);
	trace_myepoll_ctl(ep, entry->op, entry->fd, &event, res);
	return res;
}

/* Apply the entries. Return: 0, or -EFAULT or -EINTR if there must be no wait. */
static __always_inline int myep_change_all(struct file *file, struct myepoll_change *change)
{
	struct myepoll_change_entry __user *const entries = u64_to_user_ptr(change->entries);
	struct myepoll_change_entry chunk[MYEP_CHANGE_CHUNK] __attribute__((uninitialized));
	struct myep_eventpoll *ep = file->private_data;

	change->tried = 0;
	for (;;) {
		struct myepoll_change_entry __user *const at = entries + change->tried;
		const unsigned int left = change->count - change->tried;
		struct myepoll_change_entry *entry = chunk, *end;
		unsigned int differ = 0;

		end = myep_get_entries(chunk, at, min_t(unsigned int, left, MYEP_CHANGE_CHUNK));
		mutex_lock(&ep->mtx);
		for (; entry < end && !fatal_signal_pending(current); entry++) {
			const int res = myep_change_one(ep, file, entry);

			if (likely(!(res | entry->result)))
				continue;
			if (res && (change->flags & MYEPOLL_CHANGE_NO_SLEEP_AFTER_ERROR))
				change->wait.timeout_ns = 0;
			if (res != entry->result) {
				entry->result = res;
				differ |= BIT(entry - chunk);
			}
			/* Stop here: let this be the last entry. */
			if (res && (change->flags & MYEPOLL_CHANGE_STOP_AT_ERROR)) {
				end = entry + 1;
				change->count = change->tried + (end - chunk);
			}
		}
		mutex_unlock(&ep->mtx);

		change->tried += entry - chunk;
		if (unlikely(differ) && !myep_put_results(chunk, at, differ))
			return -EFAULT;
		if (change->tried == change->count)
			return 0;
		if (entry < end)
			return -EINTR;
		if (end < chunk + MYEP_CHANGE_CHUNK)
			return -EFAULT;
		cond_resched();
	}
}

/* What is wrong with the argument, but for the wait? */
static int myep_check_change(const struct myepoll_change *change)
{
	const size_t size = sizeof(struct myepoll_change_entry);

	if ((change->flags & ~MYEP_CHANGE_FLAGS) | change->pad |
	    (change->wait.flags & ~MYEP_WAIT_FLAGS))
		return -EINVAL;
	if (unlikely(change->wait.pad) && !(change->wait.flags & MYEPOLL_WAIT_RING))
		return -EINVAL;
	if (change->count - 1 >= MYEPOLL_CHANGE_MAX)
		return change->count ? -E2BIG : -EINVAL;
	return access_ok(u64_to_user_ptr(change->entries), change->count * size) ? 0 : -EFAULT;
}

static inline bool myep_waits(const struct myepoll_change *change)
{
	return change->wait.maxevents || (change->wait.flags & MYEPOLL_WAIT_RING);
}

/**
 * myep_ioc_change() - the CHANGE call
 * @file: an instance
 * @arg: a struct myepoll_change
 *
 * Context: process, may sleep.
 * Return: number of events, 0 without a wait, or -EFAULT, -EINVAL, -E2BIG, -EINTR.
 */
long myep_ioc_change(struct file *file, void __user *arg)
{
	struct myepoll_change change __attribute__((uninitialized));
	struct myepoll_change __user *const to = arg;
	struct myep_eventpoll *ep = file->private_data;
	sigset_t mask;
	int err;

	if (!myep_get_change(&change, to))
		return -EFAULT;
	err = myep_check_change(&change);
	if (!err && myep_waits(&change))
		err = myep_prepare_wait(ep, &change.wait, &mask);
	if (err)
		return err;

	trace_myepoll_change_begin(ep, &change);
	err = myep_change_all(file, &change);
	if (!myep_put_number(change.tried, &to->tried) && !err)
		err = -EFAULT;
	trace_myepoll_change_end(ep, change.tried, err);
	if (err || !myep_waits(&change))
		return err;
	return myep_wait_prepared(ep, &change.wait, &mask);
}
