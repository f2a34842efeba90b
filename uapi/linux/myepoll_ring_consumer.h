/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Takes events from a ring of <linux/myepoll_ring.h>; for C and C++, with GCC's atomics.
 *
 * Each consumer has a head, the sequence number of the event that it takes next; at first 0. One
 * consumer, or several of which each has its own, uses myepoll_ring_take(). Several that share a
 * head, in memory of their own, use myepoll_ring_take_shared(), which is faster for them. A
 * consumer that stops between any two steps holds nobody up.
 */
#ifndef _UAPI_LINUX_MYEPOLL_RING_CONSUMER_H
#define _UAPI_LINUX_MYEPOLL_RING_CONSUMER_H

#include <linux/myepoll_ring.h>

/**
 * struct myepoll_ring_consumer - a consumer
 * @header: the ring's first mapping
 * @slots: its second one
 * @mask: number of slots - 1
 * @head: of the next event; not used by those who share one
 */
struct myepoll_ring_consumer {
	const struct myepoll_ring_header *header;
	struct myepoll_ring_slot *slots;
	__u32 mask;
	__u32 head;
};

/** myepoll_ring_state() - the state in the header, MYEPOLL_RING_* */
static inline __u32 myepoll_ring_state(const struct myepoll_ring_consumer *consumer)
{
	return __atomic_load_n(&consumer->header->state, __ATOMIC_ACQUIRE);
}

/**
 * myepoll_ring_passed() - has an event been posted at @head, so that a look at it is worth while?
 *
 * If not, the ring is empty for who has taken all before @head.
 */
static inline int myepoll_ring_passed(const struct myepoll_ring_consumer *consumer, __u32 head)
{
	const __u64 *word = &consumer->slots[head & consumer->mask].word;

	return (__s32)((__u32)(__atomic_load_n(word, __ATOMIC_ACQUIRE) >> 32) - head) >= 0;
}

/* What myepoll_ring_try() found. */
#define __MYEPOLL_RING_EMPTY 0
#define __MYEPOLL_RING_SKIP 1
#define __MYEPOLL_RING_TAKEN 2

/* Try to take the event at @head. Unless nothing is there, @head is done with. */
static inline int __myepoll_ring_try(const struct myepoll_ring_consumer *consumer, __u32 head,
				     __u32 *events, __u64 *data)
{
	struct myepoll_ring_slot *slot = &consumer->slots[head & consumer->mask];
	__u64 word = __atomic_load_n(&slot->word, __ATOMIC_ACQUIRE);

	for (;;) {
		const __u32 seq = (__u32)(word >> 32);
		__u64 value;

		if ((__s32)(seq - head) < 0)
			return __MYEPOLL_RING_EMPTY;
		/* Somebody took it, and perhaps the slot has been used again since. */
		if (seq != head || !(__u32)word)
			return __MYEPOLL_RING_SKIP;
		value = __atomic_load_n(&slot->data, __ATOMIC_RELAXED);
		/* A full barrier: what is read of the target from here on is not older. */
		if (!__atomic_compare_exchange_n(&slot->word, &word, MYEPOLL_RING_WORD(0, seq), 0,
						 __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE))
			continue;
		if ((__u32)word & MYEPOLL_RING_DEAD)
			return __MYEPOLL_RING_SKIP;
		*events = (__u32)word;
		*data = value;
		return __MYEPOLL_RING_TAKEN;
	}
}

/**
 * myepoll_ring_take() - take the next event
 * @consumer: the consumer
 * @events: receives the events, a hint: look at the target for what else is there
 * @data: receives the target's data
 *
 * Return: 1, or 0 if the ring is empty.
 */
static inline int myepoll_ring_take(struct myepoll_ring_consumer *consumer, __u32 *events,
				    __u64 *data)
{
	for (;;) {
		const int found = __myepoll_ring_try(consumer, consumer->head, events, data);

		if (found == __MYEPOLL_RING_EMPTY)
			return 0;
		consumer->head++;
		if (found == __MYEPOLL_RING_TAKEN)
			return 1;
	}
}

/**
 * myepoll_ring_take_shared() - take the next event, beside other consumers
 * @consumer: the consumer
 * @head: the head of all, in memory that they share
 * @events: as for myepoll_ring_take()
 * @data: as for myepoll_ring_take()
 * @seen: receives, if the ring is empty, the head at which it was
 *
 * Return: 1, or 0 if the ring is empty.
 */
static inline int myepoll_ring_take_shared(const struct myepoll_ring_consumer *consumer,
					   __u32 *head, __u32 *events, __u64 *data, __u32 *seen)
{
	__u32 at = __atomic_load_n(head, __ATOMIC_ACQUIRE);

	for (;;) {
		const int found = __myepoll_ring_try(consumer, at, events, data);
		__u32 expected = at;

		if (found == __MYEPOLL_RING_EMPTY) {
			*seen = at;
			return 0;
		}
		/* Whoever comes first moves it; nobody waits for the one who took the event. */
		__atomic_compare_exchange_n(head, &expected, at + 1, 0, __ATOMIC_ACQ_REL,
					    __ATOMIC_ACQUIRE);
		if (found == __MYEPOLL_RING_TAKEN)
			return 1;
		at = expected == at ? at + 1 : expected;
	}
}

#endif /* _UAPI_LINUX_MYEPOLL_RING_CONSUMER_H */
