/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The caller's event buffer: probe for room, then write events. Inline, because every scan does it.
 *
 * User memory is written under ep->mtx, because what has been written decides what stays ready.
 * But page faults are disabled there: a buffer on a slow page (userfaultfd, FUSE) would stall CTL,
 * poll() and every close of a watched file.
 */
#ifndef MYEPOLL_BUFFER_H
#define MYEPOLL_BUFFER_H

#include <linux/eventpoll.h>
#include <linux/fault-inject-usercopy.h>
#include <linux/futex.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/uaccess.h>
#include <asm/futex.h>

/* Most events written at once. */
#define MYEP_CHUNK 16

struct myep_buffer {
	struct epoll_event __user *events; /* (o) */
	char __user *probed;		   /* (o) writable from @events up to here */
	struct epoll_event *chunk;	   /* (o) events to write, at most MYEP_CHUNK */
	unsigned int maxevents;		   /* (o) */
	unsigned int fits;		   /* (o) events up to @probed, at most @maxevents */
	unsigned int written;		   /* (o) events in user memory */
	unsigned int pending;		   /* (o) events in the chunk */
};

/* Is this byte writable? Adding 0 to its word is a real write access that changes nothing. */
static __always_inline bool myep_probe(char __user *byte)
{
	u32 __user *word = (u32 __user *)((unsigned long)byte & -sizeof(u32));
	int old;

	return !should_fail_usercopy() && !arch_futex_atomic_op_inuser(FUTEX_OP_ADD, 0, &old, word);
}

static inline void myep_buffer_init(struct myep_buffer *buffer, struct epoll_event __user *events,
				    unsigned int maxevents, struct epoll_event *chunk)
{
	buffer->events = events;
	buffer->probed = (char __user *)events;
	buffer->chunk = chunk;
	buffer->maxevents = maxevents;
	buffer->fits = 0;
	buffer->written = 0;
}

/**
 * myep_buffer_probe() - check that one more event can be written
 * @buffer: all that has been probed is used up
 *
 * Context: process; does not sleep.
 * Return: false if a page is missing or not writable.
 */
static inline bool myep_buffer_probe(struct myep_buffer *buffer)
{
	char __user *const begin = (char __user *)buffer->events;
	char __user *const end = (char __user *)(buffer->events + buffer->written + 1);

	/* An event can lie across two pages. */
	do {
		bool writable;

		pagefault_disable();
		writable = myep_probe(buffer->probed);
		pagefault_enable();
		if (!writable)
			return false;
		buffer->probed = (char __user *)PAGE_ALIGN((unsigned long)buffer->probed + 1);
	} while (buffer->probed < end);

	buffer->fits = min_t(size_t, (buffer->probed - begin) / sizeof(*buffer->events),
			     buffer->maxevents);
	return true;
}

/**
 * myep_buffer_fetch() - fault in the page that myep_buffer_probe() missed
 * @buffer: the buffer
 *
 * Context: process, ep->mtx not held; may sleep for as long as the page's supplier likes.
 * Return: false if it is not writable.
 */
static inline bool myep_buffer_fetch(struct myep_buffer *buffer)
{
	return myep_probe(buffer->probed);
}

/**
 * myep_buffer_write() - write the chunk
 * @buffer: the buffer; its chunk fits into what was probed
 *
 * Context: process; does not sleep.
 * Return: false if a probed page has gone: another thread or reclaim took it.
 */
static inline bool myep_buffer_write(struct myep_buffer *buffer)
{
	struct epoll_event __user *to = buffer->events + buffer->written;
	const struct epoll_event *from = buffer->chunk;
	const struct epoll_event *end = from + buffer->pending;
	bool done = false;

	pagefault_disable();
	if (should_fail_usercopy() || !user_write_access_begin(to, buffer->pending * sizeof(*to)))
		goto out;
	for (; from < end; from++, to++) {
		unsafe_put_user(from->events, &to->events, fault);
		unsafe_put_user(from->data, &to->data, fault);
	}
	buffer->written += buffer->pending;
	done = true;
fault:
	user_write_access_end();
out:
	pagefault_enable();
	return done;
}

/**
 * myep_buffer_write_deferred() - write the chunk that myep_buffer_write() could not write
 * @buffer: the buffer; must be probed again afterwards
 *
 * Context: process, ep->mtx not held, may sleep.
 * Return: number of events written; if not all, the rest is not writable.
 */
static inline unsigned int myep_buffer_write_deferred(struct myep_buffer *buffer)
{
	const size_t left = copy_to_user(buffer->events + buffer->written, buffer->chunk,
					 buffer->pending * sizeof(*buffer->chunk));
	const unsigned int out = buffer->pending - DIV_ROUND_UP(left, sizeof(*buffer->chunk));

	buffer->written += out;
	buffer->fits = buffer->written;
	buffer->probed = (char __user *)(buffer->events + buffer->written);
	return out;
}

#endif /* MYEPOLL_BUFFER_H */
