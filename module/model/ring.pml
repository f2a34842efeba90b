// SPDX-License-Identifier: GPL-2.0-only
/*
 * A model of the ring of ../ring.h for spin: two targets that become ready a few times, whose
 * callbacks post; two consumers, which take; and a program that kills a consumer, or removes,
 * changes or replaces a watch. spin tries every interleaving of their steps and checks that no
 * event is lost, of another item or an old one, or told twice of a ONESHOT item; that nobody sleeps
 * while an event is there; and that no slot gets stuck.
 *
 * A scenario is a set of definitions; module/model/check has those that it searches. Without any:
 * two consumers that share a head and sleep in WAIT, and a ring of two slots.
 *   LOOKERS     they do not sleep, but look at the ring and its header again and again
 *   POLLERS     they sleep in poll() on the instance
 *   OWN_HEADS   each consumer has its own head
 *   ONE_SLOT    the ring has one slot, so that events go to the ready list
 *   ONESHOT     the second item is ONESHOT
 *   KEYLESS     wakeups of the second target do not tell what is ready
 *   ALONE       there is one consumer
 *   EDGES       how often the first target becomes ready, and EDGES_1 the second
 *   KILL, DEL, MOD, REPLACE     what the program does
 *
 * `make model` runs it. To run it by hand with a bug and print the steps that lead to the error:
 *	spin -a -DBUG_TAKEN_IS_EMPTY -DKILL ring.pml && gcc -DSAFETY -o pan pan.c && ./pan -m300
 *	spin -t -p -g -DBUG_TAKEN_IS_EMPTY -DKILL ring.pml
 *
 * Memory ordering. What the kernel stores and somebody else reads without a lock (that a target is
 * ready, a slot's data and word) goes to a store buffer, and from there to memory at any time and in
 * any order that arm64 allows; x86 allows less. A lock that is taken holds nothing back. Before it
 * is let go all is in memory; before a compare-exchange, what comes before it; before a release,
 * likewise. Of the loads that a consumer or poll() may do too early, each is one of the bugs.
 *
 * Not modelled: hostile writers, the limit of tries, a sequence number that wraps, deadlines,
 * buffers that fault, EXCLUSIVE, nesting, the close of a target or of the instance; and the ready
 * list is that of ready.pml in short, with room for one event in a WAIT.
 *
 * Bugs; -D puts one in:
 *   BUG_PLAIN_OR                 an event is added to by a load and a store
 *   BUG_ADD_ONLY_IF_NEW          there is no exchange if the bits are there already
 *   BUG_ADD_TO_OTHERS            an item adds to the slot of its last event, whose ever that is now
 *   BUG_KILL_WITHOUT_LOOK        an event is taken back by an exchange, even if it has been taken
 *   BUG_KILLED_STAYS_OWN         an item adds to the event that it has taken back
 *   BUG_DEL_LEAVES_EVENT         a DEL takes nothing back
 *   BUG_DATA_AFTER_WORD          the data are stored after the word
 *   BUG_WORD_WITHOUT_RELEASE     the word is stored after the data, but may overtake them
 *   BUG_DATA_BEFORE_LOOK         the data are stored before the slot is seen to be free
 *   BUG_TAIL_BEFORE_SLOT         the tail moves before the slot is seen to be free
 *   BUG_FIRST_SEQ                the slots of the first lap look as if they had been taken
 *   BUG_FLAG_CLEARED_EARLY       a scan clears the header's flag though the ready list is not empty
 *   BUG_ONESHOT_POSTED_IN_SCAN   a ONESHOT item is posted while a scan may be disarming it
 *   BUG_ONESHOT_STAYS_ARMED      a ONESHOT item is posted and not disarmed
 *   BUG_DISARMED_IS_POSTED       an ADD or MOD posts though a callback has done so and disarmed
 *   BUG_LOOKS_BEFORE_LOCK        a WAIT looks at the tail before it takes the lock to sleep
 *   BUG_PLAIN_WAIT               one of two sleepers does not know the ring
 *   BUG_DYING_KEEPS_WAKEUP       a sleeper that was woken for the ring, and dies, wakes no other
 *   BUG_POLL_LOOKS_BEFORE_LOCK   poll() looks at the ring first, then takes the lock for the list
 *   BUG_HEAD_BEFORE_CLAIM        a consumer moves the head, then claims the event
 *   BUG_DATA_AFTER_CLAIM         a consumer claims the event, then reads its data
 *   BUG_DATA_BEFORE_WORD         a consumer reads the data, then the word: no acquire
 *   BUG_TARGET_BEFORE_CLAIM      a consumer looks at the target, then claims the event: no barrier
 *   BUG_CLAIM_WITHOUT_SEQ        a consumer claims the event that it finds, not the one that it saw
 *   BUG_TAKEN_IS_EMPTY           a consumer waits for the one that took an event to move the head
 */
#ifdef ONE_SLOT
#define SLOTS 1
#else
#define SLOTS 2
#endif
#ifndef EDGES
#define EDGES 2
#endif
#ifndef EDGES_1
#define EDGES_1 1
#endif
#define ITEMS 2
#define CONSUMERS 2
#define NOBODY CONSUMERS

/* What stands for a pointer to an item: 0, 1, or one of these. */
#define NIL 2
#define MYEP_NO_SCAN 3
#define MYEP_NOT_OVERFLOWED 3

/* The slot behind the last. */
#define NOWHERE SLOTS

#ifdef ONESHOT
#define IS_ONESHOT(epi) ((epi) == 1)
#else
#define IS_ONESHOT(epi) false
#endif

/* A slot's events: which ones does not matter, for a consumer looks at the target. */
#define FREE 0
#define READY 1
#define DEAD 2

/* An item's data tell which ADD or MOD they are of. */
#define ITEM_OF(data_) ((data_) % ITEMS)
#define DATA(epi, edition_) (ITEMS * (edition_) + (epi))
#define NO_DATA 0

mtype = { nowhere, in_rdllist, to_be_polled, delivered }

/* As memory has it. The first lap has the numbers from SLOTS on. */
typedef myepoll_ring_slot {
	byte events;
	byte seq;
	byte data
}

typedef epitem {
	mtype rdllink = nowhere;
	byte ovflist_next = MYEP_NOT_OVERFLOWED;
	byte at = NOWHERE;               /* place.at */
	byte data = NO_DATA;
	bool armed = true;               /* its interest is not empty */
	bool hooked = true;
	bool told                        /* of a ONESHOT item: since it was armed */
}

typedef file {
	bool ready;
	bool buffered;                   /* it is ready, but that is in a store buffer */
	bool whead_lock                  /* of its wait queue */
}

myepoll_ring_slot slots[SLOTS];
byte owner[SLOTS + 1] = NIL;
byte posted = SLOTS;                     /* the tail */
bool wait_flag;                          /* MYEPOLL_RING_WAIT */

epitem item[ITEMS];
file target[ITEMS];
bool mtx;
byte ovflist = MYEP_NO_SCAN;
byte wq[CONSUMERS] = NOBODY;             /* sleepers, newest last */
byte sleepers;
bool asleep[CONSUMERS];
bool in_poll[CONSUMERS];                 /* on poll_wait */

bool lock;
byte holder = NIL;                       /* of the lock: the target whose callback it is, or NIL */
bool data_buffered, word_buffered;       /* in the holder's store buffer */
byte buffered_seq, buffered_data;

#ifdef OWN_HEADS
byte head[CONSUMERS] = SLOTS;
#define HEAD(me) head[me]
#define IS_BEHIND(seq_) ((head[0] > seq_ || killed == 0) && head[1] > seq_)
#else
byte head = SLOTS;
#define HEAD(me) head
#define IS_BEHIND(seq_) (head > seq_)
#endif

byte killed = NOBODY;
bool forgiven;                           /* the killed one had been woken and had yet to look */

/* Scratch of a step; it ends with what it began with. */
byte last = NIL, older = NIL, chosen = NOBODY;

bool finished, wrong_event, told_twice, out_of_order, lost_event, lost_wake_up, stuck_slot;

#define SLOT(seq_) slots[(seq_) % SLOTS]
#define RDLLIST_EMPTY (item[0].rdllink != in_rdllist && item[1].rdllink != in_rdllist)
#define MYEP_READY (!RDLLIST_EMPTY || ovflist != MYEP_NO_SCAN)

/* The processors */

/* What a full barrier, a release, or letting the lock go waits for. */
#define READY_IS_STORED (holder == NIL || !target[holder].buffered)

#if defined(BUG_DATA_AFTER_WORD)
#define MAY_STORE_DATA !word_buffered
#define MAY_STORE_WORD READY_IS_STORED
#elif defined(BUG_WORD_WITHOUT_RELEASE)
#define MAY_STORE_DATA true
#define MAY_STORE_WORD true
#else
#define MAY_STORE_DATA true
#define MAY_STORE_WORD (!data_buffered && READY_IS_STORED)
#endif

proctype store_buffers()
{
end_empty:
	do
	:: d_step { target[0].buffered -> target[0].buffered = false; target[0].ready = true }
	:: d_step { target[1].buffered -> target[1].buffered = false; target[1].ready = true }
	:: d_step {
			data_buffered && MAY_STORE_DATA ->
			SLOT(buffered_seq).data = buffered_data;
			data_buffered = false;
			buffered_data = NO_DATA
		}
	:: d_step {
			word_buffered && MAY_STORE_WORD ->
			SLOT(buffered_seq).seq = buffered_seq;
			SLOT(buffered_seq).events = READY;
			word_buffered = false
		}
	:: finished -> break
	od
}

inline lock_as(whose)
{
	d_step { !lock -> lock = true; holder = whose }
}

inline unlock()
{
	d_step {
		!data_buffered && !word_buffered && READY_IS_STORED ->
		buffered_seq = 0;
		holder = NIL;
		lock = false
	}
}

/* wake.h, ready.h: those who call one of these hold the lock. */

inline wake_up()
{
	if
	:: sleepers > 0 ->
		sleepers--;
		chosen = wq[sleepers];
		wq[sleepers] = NOBODY;
		asleep[chosen] = false;
		chosen = NOBODY
	:: else
	fi
}

inline myep_set_ready_locked(epi)
{
	if
	:: ovflist != MYEP_NO_SCAN && item[epi].ovflist_next == MYEP_NOT_OVERFLOWED ->
		item[epi].ovflist_next = ovflist;
		ovflist = epi;
		wait_flag = true
	:: ovflist == MYEP_NO_SCAN && item[epi].rdllink == nowhere ->
		item[epi].rdllink = in_rdllist;
		wait_flag = true
	:: else
	fi
}

inline move_all(from, to)
{
	if :: item[0].rdllink == from -> item[0].rdllink = to :: else fi;
	if :: item[1].rdllink == from -> item[1].rdllink = to :: else fi
}

inline drain_ovflist()
{
	do
	:: ovflist == NIL -> break
	:: else ->
		last = ovflist;
		older = item[last].ovflist_next;
		item[last].ovflist_next = MYEP_NOT_OVERFLOWED;
		if
		:: item[last].rdllink == nowhere -> item[last].rdllink = in_rdllist
		:: else
		fi;
		ovflist = older
	od;
	last = NIL;
	older = NIL
}

#ifdef BUG_FLAG_CLEARED_EARLY
#define LIST_HAS_ITEMS false
#else
#define LIST_HAS_ITEMS !RDLLIST_EMPTY
#endif

inline myep_scan_end()
{
	drain_ovflist();
	ovflist = MYEP_NO_SCAN;
	move_all(to_be_polled, in_rdllist);
	wait_flag = LIST_HAS_ITEMS;
	if
	:: !RDLLIST_EMPTY -> wake_up()
	:: else
	fi
}

/*
 * ring_slot.h. What only holders of the lock see is done in one step with what all see. A compare-
 * exchange that fails is no barrier.
 */

#ifdef BUG_ONESHOT_STAYS_ARMED
#define STAYS_ARMED(epi) true
#else
#define STAYS_ARMED(epi) !IS_ONESHOT(epi)
#endif

inline myep_post_disarms(epi)
{
	item[epi].armed = item[epi].armed && STAYS_ARMED(epi);
	done = true
}

#define OWN_SLOT(epi) slots[item[epi].at]

#if defined(BUG_PLAIN_OR)
#define ADDS(epi) true
#elif defined(BUG_ADD_ONLY_IF_NEW)
#define ADDS(epi) OWN_SLOT(epi).events != FREE
#else
#define ADDS(epi) OWN_SLOT(epi).events != FREE && READY_IS_STORED
#endif

inline myep_slot_add(epi)
{
	if
	:: OWN_SLOT(epi).events == FREE
	:: OWN_SLOT(epi).events != FREE ->
		if
		:: d_step {
				ADDS(epi) ->
#ifdef BUG_PLAIN_OR
				OWN_SLOT(epi).events = READY;
#endif
				myep_post_disarms(epi)
			}
#ifndef BUG_PLAIN_OR
		:: OWN_SLOT(epi).events == FREE
#endif
		fi
	fi
}

#ifdef BUG_KILL_WITHOUT_LOOK
#define KILLS(epi) true
#else
#define KILLS(epi) OWN_SLOT(epi).events != FREE
#endif

inline disown(epi)
{
#ifndef BUG_KILLED_STAYS_OWN
	owner[item[epi].at] = NIL;
	item[epi].at = NOWHERE
#else
	skip
#endif
}

inline myep_take_back_locked(epi)
{
	if
	:: owner[item[epi].at] != epi
	:: owner[item[epi].at] == epi ->
		if
		:: d_step {
				KILLS(epi) && READY_IS_STORED ->
				OWN_SLOT(epi).events = DEAD;
				disown(epi)
			}
		:: d_step { !(KILLS(epi)) -> disown(epi) }
		fi
	fi
}

/* The stores stay in the buffer for now. */
inline myep_slot_post(epi)
{
#ifdef BUG_DATA_BEFORE_LOOK
	d_step { true -> data_buffered = true; buffered_seq = posted; buffered_data = item[epi].data };
#endif
	if
	:: d_step {
			SLOT(posted).events == FREE ->
			data_buffered = true;
			word_buffered = true;
			buffered_seq = posted;
			buffered_data = item[epi].data;
			item[epi].at = posted % SLOTS;
			owner[item[epi].at] = epi;
			posted++;
			myep_post_disarms(epi)
		}
	:: d_step {
			SLOT(posted).events != FREE ->
#ifdef BUG_TAIL_BEFORE_SLOT
			posted++
#else
			skip
#endif
		}
	fi
}

/* ring.h */

#ifdef BUG_ADD_TO_OTHERS
#define MAY_ADD(epi) item[epi].at != NOWHERE
#else
#define MAY_ADD(epi) owner[item[epi].at] == epi
#endif

inline myep_post_locked(epi)
{
	if
	:: MAY_ADD(epi) -> myep_slot_add(epi)
	:: else
	fi;
	if
	:: done
	:: !done -> myep_slot_post(epi)
	fi
}

#ifdef BUG_ONESHOT_POSTED_IN_SCAN
#define SCAN_MAY_DISARM(epi) false
#else
#define SCAN_MAY_DISARM(epi) (IS_ONESHOT(epi) && ovflist != MYEP_NO_SCAN)
#endif

#ifdef BUG_DISARMED_IS_POSTED
#define WAS_DISARMED(epi) false
#else
#define WAS_DISARMED(epi) !item[epi].armed
#endif

#define STAYS_LISTED(epi) (item[epi].rdllink != nowhere || \
			   item[epi].ovflist_next != MYEP_NOT_OVERFLOWED || SCAN_MAY_DISARM(epi))

/*
 * key: the wakeup tells what is ready. The callers have looked at the interest. A callback wakes a
 * sleeper even if the item was queued.
 */
inline myep_offer_locked(epi, key, from_callback)
{
	if
	:: d_step { STAYS_LISTED(epi) -> myep_set_ready_locked(epi); quiet = !from_callback }
	:: !STAYS_LISTED(epi) ->
		if
		:: key -> myep_post_locked(epi)
		:: else
		fi;
		if
		:: done
		:: else -> myep_take_back_locked(epi); d_step { true -> myep_set_ready_locked(epi) }
		fi
	fi
}

/* Reads who is in poll(), which may come before the stores; those are woken without the lock. */
inline wake_all()
{
	d_step {
		true ->
		if
		:: !quiet -> wake_up(); pollers = in_poll[0] || in_poll[1]
		:: else
		fi;
		done = false;
		quiet = false
	};
	unlock();
	if
	:: d_step { pollers -> in_poll[0] = false; in_poll[1] = false; pollers = false }
	:: !pollers
	fi
}

/* callback.c */

#ifdef KEYLESS
#define HAS_KEY(f) f == 0
#else
#define HAS_KEY(f) true
#endif

inline myep_notify(f)
{
	lock_as(f);
	if
	:: !item[f].armed -> unlock()
	:: item[f].armed -> myep_offer_locked(f, HAS_KEY(f), true); wake_all()
	fi
}

/* A target becomes ready. If it has no hook, nobody depends on when the store gets to memory. */
proctype source(byte f; byte edges)
{
	bool done, quiet, pollers;

	do
	:: d_step { edges > 0 -> edges--; target[f].buffered = true };
		if
		:: d_step { item[f].hooked -> target[f].whead_lock = true };
			myep_notify(f);
			target[f].whead_lock = false
		:: d_step { !item[f].hooked -> target[f].buffered = false; target[f].ready = true }
		fi
	:: edges == 0 -> break
	od
}

/* deliver.c: a scan with room for one event. */

#define ALL_POLLED (item[0].rdllink != to_be_polled && item[1].rdllink != to_be_polled)

inline tell(data_)
{
	told_twice = IS_ONESHOT(ITEM_OF(data_)) && item[ITEM_OF(data_)].told;
	assert(!told_twice);
	item[ITEM_OF(data_)].told = IS_ONESHOT(ITEM_OF(data_));
	mine = data_
}

inline poll_item(epi)
{
	d_step {
		mine == NO_DATA && item[epi].rdllink == to_be_polled ->
		if
		:: target[epi].ready && item[epi].armed -> item[epi].rdllink = delivered; tell(item[epi].data)
		:: else -> item[epi].rdllink = nowhere
		fi
	}
}

inline myep_scan()
{
	d_step { !mtx && !lock -> mtx = true; move_all(in_rdllist, to_be_polled); ovflist = NIL };
	do
	:: ALL_POLLED || mine != NO_DATA -> break
	:: poll_item(0)
	:: poll_item(1)
	od;
	if
	:: mine != NO_DATA ->
		d_step { true -> item[ITEM_OF(mine)].armed = !IS_ONESHOT(ITEM_OF(mine)) };
		item[ITEM_OF(mine)].rdllink = nowhere
	:: else
	fi;
	d_step { !lock -> myep_scan_end(); mtx = false }
}

/* <linux/myepoll_ring_consumer.h> */

/* It is the event of the item that posted it, as that is now; and it is the oldest. */
inline claimed(data_)
{
	wrong_event = data_ == NO_DATA || owner[at % SLOTS] != ITEM_OF(data_) ||
		      item[ITEM_OF(data_)].data != data_;
	assert(!wrong_event);
	out_of_order = SLOT(at + 1).events == READY && SLOT(at + 1).seq < at;
	assert(!out_of_order);
	tell(data_)
}

inline move_head()
{
#ifdef OWN_HEADS
	d_step { true -> at++; head[me] = at }
#else
	d_step {
		true ->
		if
		:: head == at -> at++; head = at
		:: else -> at = head
		fi
	}
#endif
}

inline look_at_target(data_)
{
	target[ITEM_OF(data_)].ready = false
}

#ifdef BUG_CLAIM_WITHOUT_SEQ
#define IS_AS_SEEN(events_) (SLOT(at).events == events_)
#else
#define IS_AS_SEEN(events_) (SLOT(at).events == events_ && SLOT(at).seq == at)
#endif

inline claim()
{
#ifdef BUG_TARGET_BEFORE_CLAIM
	look_at_target(value);
#endif
#ifdef BUG_HEAD_BEFORE_CLAIM
	d_step { head == at -> head++ };
#endif
	if
#ifdef BUG_DATA_AFTER_CLAIM
	:: d_step { IS_AS_SEEN(READY) -> claimed(SLOT(at).data); SLOT(at).events = FREE };
		d_step { true -> wrong_event = SLOT(at).data != mine; assert(!wrong_event) }
#else
	:: d_step { IS_AS_SEEN(READY) -> claimed(value); SLOT(at).events = FREE }
#endif
	:: d_step { IS_AS_SEEN(DEAD) -> SLOT(at).events = FREE }; move_head()
	:: !IS_AS_SEEN(READY) && !IS_AS_SEEN(DEAD)
	fi;
	value = NO_DATA
}

/* What the word at the head tells. */
#define IS_PASSED (SLOT(at).seq > at)
#define IS_THERE (SLOT(at).seq == at && SLOT(at).events != FREE)
#define IS_TAKEN (SLOT(at).seq == at && SLOT(at).events == FREE)
#ifdef BUG_TAKEN_IS_EMPTY
#define IS_EMPTY (SLOT(at).seq < at || IS_TAKEN)
#else
#define IS_EMPTY (SLOT(at).seq < at)
#endif

inline take_all()
{
	at = HEAD(me);
	do
#ifdef BUG_DATA_BEFORE_WORD
	:: true -> value = SLOT(at).data; if
#endif
	:: d_step { IS_EMPTY -> owes = false; value = NO_DATA }; break
	:: IS_PASSED || (IS_TAKEN && !IS_EMPTY) -> value = NO_DATA; move_head()
	:: IS_THERE ->
#ifndef BUG_DATA_BEFORE_WORD
		value = SLOT(at).data;
#endif
		claim();
		if
		:: mine != NO_DATA -> move_head(); serve()
		:: else
		fi
#ifdef BUG_DATA_BEFORE_WORD
	fi
#endif
	od
}

/* What is told is looked at, and drained. */
inline serve()
{
	d_step {
		true ->
#ifndef BUG_TARGET_BEFORE_CLAIM
		look_at_target(mine);
#endif
		mine = NO_DATA
	}
}

/* wait.c: a WAIT with MYEPOLL_WAIT_RING */

#ifdef BUG_PLAIN_WAIT
#define PASSED (me == 0 && posted != at)
#else
#define PASSED (posted != at)
#endif

inline dequeue()
{
	if
	:: wq[0] == me -> wq[0] = wq[1]; wq[1] = NOBODY; sleepers--
	:: wq[1] == me -> wq[1] = NOBODY; sleepers--
	:: else
	fi;
	asleep[me] = false
}

inline myep_sleep()
{
#ifdef BUG_LOOKS_BEFORE_LOCK
	look = MYEP_READY || PASSED;
#endif
	d_step {
		!lock ->
#ifndef BUG_LOOKS_BEFORE_LOCK
		look = MYEP_READY || PASSED;
#endif
		if
		:: !look -> asleep[me] = true; wq[sleepers] = me; sleepers++
		:: else
		fi;
		look = false
	};
end_asleep:
	if
	:: !asleep[me]
	:: d_step { killed == me && asleep[me] && !lock -> dequeue() }
	fi
}

#ifdef BUG_DYING_KEEPS_WAKEUP
#define WAKES_NEXT MYEP_READY
#else
#define WAKES_NEXT true
#endif

/* It may have been woken for an event. */
inline myep_wake_next()
{
	d_step {
		!lock ->
		if
		:: WAKES_NEXT -> wake_up()
		:: else
		fi;
		owes = false
	}
}

inline myep_wait_beside_ring()
{
	owes = true;
	do
	:: killed == me -> myep_wake_next(); break
	:: killed != me ->
		if
		:: MYEP_READY -> myep_scan()
		:: else
		fi;
		if
		:: mine != NO_DATA || PASSED -> break
		:: else -> myep_sleep()
		fi
	od
}

/* instance.c, ring.c */

inline myep_any_ready()
{
	d_step { !lock && !mtx -> look = look || !RDLLIST_EMPTY }
}

/* The newest that was not taken back tells. */
inline myep_ring_untaken()
{
	seq = posted - 1;
	do
	:: seq + SLOTS < posted || SLOT(seq).events == FREE -> break
	:: seq + SLOTS >= posted && SLOT(seq).events == READY -> look = true; break
	:: seq + SLOTS >= posted && SLOT(seq).events == DEAD -> seq--
	od;
	seq = 0
}

inline poll_instance()
{
	in_poll[me] = true;
#ifdef BUG_POLL_LOOKS_BEFORE_LOCK
	myep_ring_untaken();
	myep_any_ready();
#else
	myep_any_ready();
	myep_ring_untaken();
#endif
end_polling:
	if
	:: d_step { look -> look = false; in_poll[me] = false }
	:: !look && !in_poll[me]
	fi
}

proctype consumer(byte me)
{
	byte at, value, mine, seq;
	bool look, owes;

	do
	:: { take_all() } unless { killed == me -> break };
#if defined(LOOKERS)
end_looking:
		{ wait_flag || !IS_EMPTY } unless { killed == me -> break };
#elif defined(POLLERS)
		{ poll_instance() } unless { killed == me -> break };
#else
		myep_wait_beside_ring();
#endif
#if defined(LOOKERS) || defined(POLLERS)
		if
		:: wait_flag -> myep_scan()
		:: else
		fi;
#endif
		if
		:: mine != NO_DATA && killed != me -> serve()
		:: else
		fi
	od;
	/* What it had been told, or woken for, is lost with it. */
	atomic {
		if
		:: mine != NO_DATA -> look_at_target(mine)
		:: else
		fi;
		at = 0;
		value = NO_DATA;
		mine = NO_DATA;
		seq = 0;
		look = false;
		forgiven = owes;
		owes = false
	}
}

/* wake.c, ctl.c, lifetime.c */

inline myep_queue_and_wake(epi)
{
	lock_as(NIL);
	if
	:: WAS_DISARMED(epi) && !STAYS_LISTED(epi) -> quiet = true
	:: else -> myep_offer_locked(epi, true, false)
	fi;
	wake_all()
}

inline mutex_lock()
{
	d_step { !mtx -> mtx = true }
}

inline store_event(epi)
{
	item[epi].data = DATA(epi, 2);
	item[epi].armed = true;
	item[epi].told = false
}

inline poll_target(epi)
{
	if
	:: target[epi].ready -> myep_queue_and_wake(epi)
	:: else
	fi
}

inline del(epi)
{
	mutex_lock();
	d_step { !target[epi].whead_lock -> item[epi].hooked = false };
#ifndef BUG_DEL_LEAVES_EVENT
	lock_as(NIL);
	myep_take_back_locked(epi);
	unlock();
#endif
	d_step {
		!lock ->
		if
		:: item[epi].rdllink == in_rdllist -> item[epi].rdllink = nowhere; wait_flag = LIST_HAS_ITEMS
		:: else
		fi;
		item[epi].data = NO_DATA;
		item[epi].at = NOWHERE
	};
	mtx = false
}

inline add(epi)
{
	d_step { !mtx -> mtx = true; store_event(epi) };
	item[epi].hooked = true;
	poll_target(epi);
	mtx = false
}

inline mod(epi)
{
	mutex_lock();
	lock_as(NIL);
	myep_take_back_locked(epi);
	d_step { true -> store_event(epi) };
	unlock();
	poll_target(epi);
	mtx = false
}

proctype program()
{
	bool done, quiet, pollers;

#ifdef KILL
	killed = 0;
#endif
#if defined(DEL) || defined(REPLACE)
	del(1);
#endif
#ifdef REPLACE
	add(1);
#endif
#ifdef MOD
	mod(1);
#endif
	skip
}

/* What a target has to tell. */
#define TO_TELL(f) (target[f].ready && item[f].data != NO_DATA && item[f].armed)
#define IS_PENDING(f) (item[f].rdllink == in_rdllist || \
		       (owner[item[f].at] == f && OWN_SLOT(f).events == READY && !IS_BEHIND(OWN_SLOT(f).seq)))
#define IS_STUCK(at) (slots[at].events != FREE && IS_BEHIND(slots[at].seq))

/* When nobody can take a step any more, nothing may be left to do. */
proctype all_done()
{
	timeout;
	d_step {
		lost_event = (TO_TELL(0) && !IS_PENDING(0)) || (TO_TELL(1) && !IS_PENDING(1));
		assert(!lost_event);
		lost_wake_up = !forgiven && (TO_TELL(0) || TO_TELL(1));
		assert(!lost_wake_up);
		stuck_slot = IS_STUCK(0) || IS_STUCK(SLOTS - 1);
		assert(!stuck_slot);
		finished = true
	}
}

#ifdef BUG_FIRST_SEQ
#define FIRST_SEQ SLOTS
#else
#define FIRST_SEQ 0
#endif

init {
	atomic {
		slots[SLOTS - 1].seq = FIRST_SEQ + SLOTS - 1;
		slots[0].seq = FIRST_SEQ;
		item[0].data = DATA(0, 1);
		item[1].data = DATA(1, 1);
		run all_done();
		run store_buffers();
		run source(0, EDGES);
		run source(1, EDGES_1);
		run consumer(0);
#ifndef ALONE
		run consumer(1);
#endif
		run program()
	}
}
