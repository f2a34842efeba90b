/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The caller's event buffer: is there memory for one more event, and the events' way out. In the
 * middle of every scan, hence inline.
 *
 * User memory is written while ep->mtx is held, because what was written decides what stays ready.
 * But no page is waited for under it, or a buffer on a slow page (userfaultfd, FUSE) would stall
 * CTL, poll() and every close of a watched file: page faults are off there.
 */
#ifndef MYEPOLL_BUFFER_H
#define MYEPOLL_BUFFER_H

#include "eventpoll.h"

#include <linux/fault-inject-usercopy.h>
#include <linux/futex.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/uaccess.h>
#include <asm/futex.h>

/* Events written in one go. */
#define MYEP_CHUNK 16

struct myep_buffer {
	struct epoll_event __user *events; /* (o) */
	char __user *probed;		   /* (o) the memory from @events to here was there */
	struct epoll_event *chunk;	   /* (o) events to be written, MYEP_CHUNK at most */
	unsigned int maxevents;		   /* (o) */
	unsigned int fits;		   /* (o) events up to @probed, at most @maxevents */
	unsigned int written;		   /* (o) events in user memory */
	unsigned int pending;		   /* (o) events in the chunk */
};

/* Can this byte be written? To add 0 to its word is a real access, and changes nothing. */
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
 * myep_buffer_probe() - make sure of the memory of one more event
 * @buffer: with all that is probed written to
 *
 * Context: process; does not sleep.
 * Return: false if a page is missing or forbidden.
 */
static inline bool myep_buffer_probe(struct myep_buffer *buffer)
{
	char __user *const begin = (char __user *)buffer->events;
	char __user *const end = (char __user *)(buffer->events + buffer->written + 1);

	/* An event can lie across two pages. */
	do {
		bool there;

		pagefault_disable();
		there = myep_probe(buffer->probed);
		pagefault_enable();
		if (!there)
			return false;
		buffer->probed = (char __user *)PAGE_ALIGN((unsigned long)buffer->probed + 1);
	} while (buffer->probed < end);

	buffer->fits = min_t(size_t, (buffer->probed - begin) / sizeof(*buffer->events),
			     buffer->maxevents);
	return true;
}

/**
 * myep_buffer_fetch() - get the page that myep_buffer_probe() found missing
 * @buffer: the buffer
 *
 * Context: process, ep->mtx not held, may sleep for as long as the page's supplier likes.
 * Return: false if it is forbidden.
 */
static inline bool myep_buffer_fetch(struct myep_buffer *buffer)
{
	return myep_probe(buffer->probed);
}

/**
 * myep_buffer_write() - write the chunk
 * @buffer: the buffer; its chunk fits into what is probed
 *
 * Context: process; does not sleep.
 * Return: false if a page that was probed is gone: another thread or reclaim has taken it.
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
 * myep_buffer_write_late() - write the chunk that myep_buffer_write() could not
 * @buffer: the buffer; what was probed of it is worth nothing afterwards
 *
 * Context: process, ep->mtx not held, may sleep.
 * Return: how many events of the chunk were written: if not all, the memory is forbidden.
 */
static inline unsigned int myep_buffer_write_late(struct myep_buffer *buffer)
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
