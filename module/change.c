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

/* The entries of a CHANGE, chunk by chunk. */
struct myep_batch {
	struct file *file;	/* (o) the instance */
	bool stop_at_error;	/* (o) */
	bool failed;		/* (o) an entry has failed */
	unsigned int unwritten; /* (o) bits: the results of the chunk that are to be written */
	struct myepoll_change_entry chunk[MYEP_CHANGE_CHUNK]; /* (o) */
};

/* Field by field, as in instance.c. */
static bool myep_get_change(struct myepoll_change *change, const struct myepoll_change __user *arg)
{
	bool done = false;

	if (should_fail_usercopy() || !user_read_access_begin(arg, sizeof(*arg)))
		return false;
	unsafe_get_user(change->entries, &arg->entries, fault);
	unsafe_get_user(change->count, &arg->count, fault);
	unsafe_get_user(change->flags, &arg->flags, fault);
	unsafe_get_user(change->pad, &arg->pad, fault);
	change->tried = 0;
	done = true;
fault:
	user_read_access_end();
	return done && myep_get_wait(&change->wait, &arg->wait);
}

/* Read entries into the chunk. Return: how many; if fewer than @count, the next cannot be read. */
static unsigned int myep_get_entries(struct myepoll_change_entry *chunk,
				     const struct myepoll_change_entry __user *from,
				     unsigned int count)
{
	unsigned int i = 0;

	if (should_fail_usercopy() || !user_read_access_begin(from, count * sizeof(*from)))
		return 0;
	for (; i < count; i++) {
		unsafe_get_user(chunk[i].op, &from[i].op, fault);
		unsafe_get_user(chunk[i].fd, &from[i].fd, fault);
		unsafe_get_user(chunk[i].events, &from[i].events, fault);
		unsafe_get_user(chunk[i].flags, &from[i].flags, fault);
		unsafe_get_user(chunk[i].data, &from[i].data, fault);
		unsafe_get_user(chunk[i].result, &from[i].result, fault);
		unsafe_get_user(chunk[i].pad, &from[i].pad, fault);
	}
fault:
	user_read_access_end();
	return i;
}

static bool myep_put_number(u32 number, u32 __user *to)
{
	return !should_fail_usercopy() && !put_user(number, to);
}

static bool myep_put_results(struct myep_batch *batch, struct myepoll_change_entry __user *to)
{
	unsigned int i;

	for (i = 0; batch->unwritten; i++, batch->unwritten >>= 1)
		if ((batch->unwritten & 1) &&
		    !myep_put_number(batch->chunk[i].result, (u32 __user *)&to[i].result))
			return false;
	return true;
}

static int myep_change_one(struct file *file, const struct myepoll_change_entry *entry)
{
	struct myep_eventpoll *ep = file->private_data;
	struct epoll_event event;
	int res;

	lockdep_assert_held(&ep->mtx);
	if (entry->flags || entry->pad)
		return -EINVAL;
	event.events = (__force __poll_t)entry->events;
	event.data = entry->data;
	res = myep_ctl_held(file, entry->op, entry->fd, &event);
	trace_myepoll_ctl(ep, entry->op, entry->fd, &event, res);
	return res;
}

/* Apply up to @count entries of the chunk. Return: how many were tried. */
static unsigned int myep_change_chunk(struct myep_batch *batch, unsigned int count)
{
	struct myep_eventpoll *ep = batch->file->private_data;
	bool stop = false;
	unsigned int i;

	mutex_lock(&ep->mtx);
	for (i = 0; i < count && !stop && !fatal_signal_pending(current); i++) {
		struct myepoll_change_entry *entry = &batch->chunk[i];
		const int res = myep_change_one(batch->file, entry);

		if (entry->result != res) {
			entry->result = res;
			batch->unwritten |= BIT(i);
		}
		if (unlikely(res)) {
			batch->failed = true;
			stop = batch->stop_at_error;
		}
	}
	mutex_unlock(&ep->mtx);
	return i;
}

/*
 * Apply the entries, and count them in @change. noinline, so that the chunk is not on the stack
 * during the wait. Return: 0, or -EFAULT or -EINTR if the call ends here.
 */
static noinline int myep_change_all(struct file *file, struct myepoll_change *change, bool *failed)
{
	struct myepoll_change_entry __user *at = u64_to_user_ptr(change->entries);
	struct myep_batch batch __attribute__((uninitialized));

	batch.file = file;
	batch.stop_at_error = change->flags & MYEPOLL_CHANGE_STOP_AT_ERROR;
	batch.failed = false;
	batch.unwritten = 0;
	while (change->tried < change->count) {
		const unsigned int left = change->count - change->tried;
		const unsigned int wanted = min_t(unsigned int, left, MYEP_CHANGE_CHUNK);
		const unsigned int got = myep_get_entries(batch.chunk, at, wanted);
		const unsigned int tried = myep_change_chunk(&batch, got);

		change->tried += tried;
		*failed = batch.failed;
		if (batch.unwritten && !myep_put_results(&batch, at))
			return -EFAULT;
		if (batch.failed && batch.stop_at_error)
			return 0;
		if (tried < got)
			return -EINTR;
		if (got < wanted)
			return -EFAULT;
		at += tried;
		cond_resched();
	}
	return 0;
}

/* What is wrong with the argument, but for the wait? */
static int myep_check_change(const struct myepoll_change *change)
{
	const size_t size = sizeof(struct myepoll_change_entry);

	if ((change->flags & ~MYEP_CHANGE_FLAGS) || change->pad || !change->count ||
	    (change->wait.flags & ~MYEPOLL_WAIT_TIMESPEC) || change->wait.pad)
		return -EINVAL;
	if (change->count > MYEPOLL_CHANGE_MAX)
		return -E2BIG;
	return access_ok(u64_to_user_ptr(change->entries), change->count * size) ? 0 : -EFAULT;
}

/* Read what the wait's arguments point to, and check them, in the order of WAIT's errors. */
static int myep_prepare_wait(struct myepoll_wait *wait, sigset_t *mask)
{
	int err;

	if (wait->flags & MYEPOLL_WAIT_TIMESPEC) {
		wait->timeout_ns = myep_get_timespec(u64_to_user_ptr((u64)wait->timeout_ns));
		if (wait->timeout_ns < -1)
			return wait->timeout_ns;
	}
	if (wait->sigmask) {
		err = myep_get_sigmask(mask, u64_to_user_ptr(wait->sigmask), wait->sigsetsize);
		if (err)
			return err;
	}
	return myep_check_room(u64_to_user_ptr(wait->events), wait->maxevents);
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
	struct epoll_event __user *events;
	bool failed = false;
	sigset_t mask;
	int err;

	if (!myep_get_change(&change, to))
		return -EFAULT;
	err = myep_check_change(&change);
	if (!err && change.wait.maxevents)
		err = myep_prepare_wait(&change.wait, &mask);
	if (err)
		return err;
	if (!myep_put_number(change.tried, &to->tried))
		return -EFAULT;

	err = myep_change_all(file, &change, &failed);
	if (!myep_put_number(change.tried, &to->tried) && !err)
		err = -EFAULT;
	if (err || !change.wait.maxevents)
		return err;

	events = u64_to_user_ptr(change.wait.events);
	if (failed && (change.flags & MYEPOLL_CHANGE_NO_SLEEP_AFTER_ERROR))
		change.wait.timeout_ns = 0;
	if (change.wait.sigmask)
		return myep_wait_masked(file->private_data, events, change.wait.maxevents,
					change.wait.timeout_ns, &mask);
	return myep_wait(file->private_data, events, change.wait.maxevents, change.wait.timeout_ns);
}
