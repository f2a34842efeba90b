// SPDX-License-Identifier: GPL-2.0-only
/*
 * What trace events need besides trace.h. Runs only while one is switched on, and in SNAPSHOT.
 */
#define CREATE_TRACE_POINTS
#include "trace.h"
#include "wait.h"

#include <linux/random.h>
#include <linux/sched.h>
#include <linux/siphash.h>

static_assert((__force u32)(EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLNVAL |
			    EPOLLRDNORM | EPOLLRDBAND | EPOLLWRNORM | EPOLLWRBAND | EPOLLMSG |
			    EPOLLRDHUP | POLLFREE) == 0x67ff);
static_assert((__force u32)(EPOLL_URING_WAKE | EPOLLEXCLUSIVE | EPOLLWAKEUP | EPOLLONESHOT |
			    EPOLLET) == 0xf8000000);

DEFINE_STATIC_KEY_FALSE(myep_wait_traced);

static siphash_key_t myep_number_key __read_mostly;

int myep_wait_trace_on(void)
{
	static_branch_inc(&myep_wait_traced);
	return 0;
}

void myep_wait_trace_off(void)
{
	static_branch_dec(&myep_wait_traced);
}

/**
 * myep_item_number() - a number that tells items apart and gives no address away
 * @epi: the item
 *
 * Context: any.
 * Return: the same for an item as long as it lives, and with near certainty no other's.
 */
u64 myep_item_number(const struct myep_epitem *epi)
{
	return siphash_3u64((unsigned long)epi->ffd.file, epi->ffd.fd, epi->ep->number,
			    &myep_number_key);
}

/* The number of the item behind @epi in the tree, or 0. ep->mtx is held. */
u64 myep_next_number(const struct myep_epitem *epi)
{
	const struct rb_node *next = rb_next(&epi->rbn);

	return next ? myep_item_number(rb_entry(next, struct myep_epitem, rbn)) : 0;
}

/* How many wait queues of its target an item is on. */
unsigned int myep_count_hooks(const struct myep_epitem *epi)
{
	const struct myep_eppoll_entry *pwq = &epi->first;
	unsigned int count = 0;

	if (!pwq->wait.private)
		return 0;
	for (; pwq; pwq = pwq->next)
		count++;
	return count;
}

/* The thread id of the sleeper that the next wakeup is for, or 0. */
pid_t myep_next_sleeper(struct myep_eventpoll *ep)
{
	const struct myep_sleeper *next;

	lockdep_assert_held(&ep->lock);
	next = list_first_entry_or_null(&ep->wq.head, struct myep_sleeper, wait.entry);
	return next ? task_pid_nr(next->wait.private) : 0;
}

void __init myep_trace_init(void)
{
	get_random_bytes(&myep_number_key, sizeof(myep_number_key));
}
