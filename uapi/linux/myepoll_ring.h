/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The ring of an instance: events in memory that the kernel writes and the program reads, without a
 * call. Part of <linux/myepoll.h>, which includes it. docs/ring.md is its specification;
 * <linux/myepoll_ring_consumer.h> reads it.
 *
 * The descriptor that MYEPOLL_IOC_RING returns is mapped twice, MAP_SHARED, with the exact sizes:
 *
 *   offset    size                             protection            holds
 *   0         one page                         PROT_READ             struct myepoll_ring_header
 *   one page  MYEPOLL_RING_BYTES(slots),       PROT_READ|PROT_WRITE  struct myepoll_ring_slot[]
 *             rounded up to pages
 *
 * mmap() fails with EINVAL for another offset or size, or a private mapping, and with EPERM for a
 * header that can be written or memory that can be executed. A child does not inherit the mappings.
 */
#ifndef _UAPI_LINUX_MYEPOLL_RING_H
#define _UAPI_LINUX_MYEPOLL_RING_H

#include <linux/types.h>

/** MYEPOLL_RING_MAX - most slots of a ring */
#define MYEPOLL_RING_MAX 65536

/** MYEPOLL_RING_CLOEXEC - set close-on-exec on the new descriptor; same bit as O_CLOEXEC */
#define MYEPOLL_RING_CLOEXEC 02000000

/**
 * struct myepoll_ring - argument of MYEPOLL_IOC_RING
 * @slots: events that fit, a power of two up to MYEPOLL_RING_MAX; or 0, for only a header
 * @flags: MYEPOLL_RING_CLOEXEC or 0
 * @pad: must be 0
 */
struct myepoll_ring {
	__u32 slots;
	__u32 flags;
	__aligned_u64 pad;
};

/** MYEPOLL_RING_WAIT - bit of the header's state: a WAIT has something to look at */
#define MYEPOLL_RING_WAIT 1
/** MYEPOLL_RING_CLOSED - bit of the header's state: the instance is closed, no event will follow */
#define MYEPOLL_RING_CLOSED 2

/**
 * struct myepoll_ring_header - the first page of a ring; only the kernel writes it
 * @state: MYEPOLL_RING_WAIT, MYEPOLL_RING_CLOSED; may change at any time
 * @slots: as given to MYEPOLL_IOC_RING
 */
struct myepoll_ring_header {
	__u32 state;
	__u32 slots;
};

/**
 * struct myepoll_ring_slot - room for one event; written by the kernel and by consumers
 * @word: the low 32 bits are the events, 0 if the slot is free; the high 32 bits are the sequence
 *	number of the event, whose slot is that number modulo the number of slots. Read and changed
 *	only as a whole, by atomic operations. At first { 0, index - slots }.
 * @data: what the program gave for the target; valid while the events are not 0
 */
struct myepoll_ring_slot {
	__aligned_u64 word;
	__aligned_u64 data;
};

/** MYEPOLL_RING_DEAD - instead of events: the event was taken back; skip it */
#define MYEPOLL_RING_DEAD 0x80000000U

/** MYEPOLL_RING_EVENTS - the events that can be in a slot, but for MYEPOLL_RING_DEAD */
#define MYEPOLL_RING_EVENTS 0x0000014dU

/** MYEPOLL_RING_WORD() - the word of a slot */
#define MYEPOLL_RING_WORD(events, seq) ((__u64)(seq) << 32 | (__u32)(events))

/** MYEPOLL_RING_BYTES() - memory of so many slots */
#define MYEPOLL_RING_BYTES(slots) ((slots) * sizeof(struct myepoll_ring_slot))

#endif /* _UAPI_LINUX_MYEPOLL_RING_H */
