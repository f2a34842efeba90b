/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's side of a slot of a ring: post an event, add to it, take it back. docs/ring.md has
 * the protocol, and model/ring.pml what each step is good for.
 *
 * The program can write anything into a slot at any time. So nothing but whether its events are 0
 * is ever read from it, and each loop has an end: who makes it longer loses his own events.
 *
 * Nothing of the kernel but a few macros for atomics is used here: a test compiles this file for a
 * program, and runs it under ThreadSanitizer.
 */
#ifndef MYEPOLL_RING_SLOT_H
#define MYEPOLL_RING_SLOT_H

#include <linux/myepoll_ring.h>

/* A consumer can be faster once for each time that an event was posted there: once. */
#define MYEP_SLOT_TRIES 8

/**
 * myep_slot_post() - post an event
 * @slot: the slot at the tail
 * @events: the event, not 0
 * @data: what comes with it
 * @seq: its sequence number
 *
 * Context: any; posters of a ring exclude each other.
 * Return: false if the slot is not free.
 */
static inline bool myep_slot_post(struct myepoll_ring_slot *slot, u32 events, u64 data, u32 seq)
{
	if ((u32)READ_ONCE(slot->word))
		return false;
	/* The store depends on the load: the last consumer of the slot has read its data. */
	WRITE_ONCE(slot->data, data);
	/* Pairs with the acquire of a consumer's load: whoever sees the event sees its data. */
	smp_store_release(&slot->word, MYEPOLL_RING_WORD(events, seq));
	return true;
}

/**
 * myep_slot_add() - add to an event that may not have been taken yet
 * @slot: the slot
 * @events: what to add
 *
 * The exchange is made even if it changes nothing. It is a full barrier, and so is a consumer's:
 * if that comes later, it sees what made the target ready.
 *
 * Context: any; posters of a ring exclude each other.
 * Return: false if there is no event.
 */
static inline bool myep_slot_add(struct myepoll_ring_slot *slot, u32 events)
{
	u64 word = READ_ONCE(slot->word);
	unsigned int tries;

	for (tries = 0; (u32)word && tries < MYEP_SLOT_TRIES; tries++)
		if (try_cmpxchg(&slot->word, &word, word | events))
			return true;
	return false;
}

/**
 * myep_slot_kill() - take an event back
 * @slot: the slot
 *
 * Not without looking: a mark in a slot from which the event was taken would be counted as an event
 * one lap later.
 *
 * Context: any; posters of a ring exclude each other.
 * Return: false if it was taken already.
 */
static inline bool myep_slot_kill(struct myepoll_ring_slot *slot)
{
	u64 word = READ_ONCE(slot->word);
	unsigned int tries;

	for (tries = 0; (u32)word && tries < MYEP_SLOT_TRIES; tries++)
		if (try_cmpxchg(&slot->word, &word,
				MYEPOLL_RING_WORD(MYEPOLL_RING_DEAD, word >> 32)))
			return true;
	return false;
}

#endif /* MYEPOLL_RING_SLOT_H */
