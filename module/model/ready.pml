// SPDX-License-Identifier: GPL-2.0-only
/*
 * A model of the ready-list protocol of ../ready.h for spin: two waiters, a level-triggered and an
 * edge-triggered target that become ready any number of times, and a closer (its comment says what
 * it does). spin tries every interleaving of their steps and checks that no event is lost, even if
 * it arrives during a scan, that no waiter sleeps while an event is there, that no item is linked
 * twice, that nothing is used after it is freed, that nothing leaks, and that nobody is stuck.
 *
 * `make model` runs it. To run it by hand with a bug and print the steps that lead to the error:
 *	spin -a -DBUG_DRAINED_STAYS_MARKED ready.pml && gcc -DSAFETY -o pan pan.c && ./pan -m200
 *	spin -t -p -g -DBUG_DRAINED_STAYS_MARKED ready.pml
 *
 * A step (d_step, atomic) is what no other task can see half done: a section under ep->lock, a
 * single lockless read, or work on what only the holder of ep->mtx uses. The lists are modelled as
 * sets: any item can come first.
 * Not modelled: MOD, ONESHOT, EXCLUSIVE, targets with several wait queues or items, nesting,
 * sleepers in poll() on the instance, POLLFREE, busy polling; myep_maybe_ready() (both answers are
 * tried); RCU (what is freed is gone at once); and memory ordering: in spin every processor sees
 * every store at once, so barriers are not checked.
 *
 * Bugs that epoll once had (behaviours: 97, 98, 148); -D puts one back:
 *   BUG_TIMEOUT_FORGETS_WAKE     a wakeup that arrives while the deadline passes is dropped
 *   BUG_LOOKS_BEFORE_LOCK        a waiter checks for the last time before it takes the lock to sleep
 *   BUG_DRAINED_STAYS_MARKED     an item that overflowed and kept its place stays marked
 * Others, which show that each check can fail:
 *   BUG_RELINKS_LINKED           the end of a scan links an item that is linked already
 *   BUG_DETACH_WITHOUT_LOCK      an item is freed while its callback may be running
 *   BUG_CLOSE_WITHOUT_REFERENCE  the close of the instance frees items that path C has started on
 */
#define WAITERS 2
#define ITEMS 2
#define EDGE_TRIGGERED(epi) ((epi) == 1)

/* What stands for a pointer to an item: 0, 1, or one of these. */
#define NIL 2
#define MYEP_NO_SCAN 3
#define MYEP_NOT_OVERFLOWED 3

#define NOBODY WAITERS

/* A scan walks the list in place: it is its own then, in two parts. */
mtype = { nowhere, in_rdllist, to_be_polled, delivered }

/* struct myep_epitem, with its one wait entry */
typedef epitem {
	mtype rdllink = nowhere;         /* where in the ready list it is */
	byte ovflist_next = MYEP_NOT_OVERFLOWED;
	bool hooked = true;              /* the wait entry is on the target's wait queue */
	bool linked = true;              /* in ep->rbr and in the table of watched files */
	bool freed
}

/* struct file of a target, with what is behind it */
typedef file {
	byte count = 1;
	bool whead_lock;                 /* of its wait queue */
	bool ready;
	bool edge;                       /* it became ready, and no event has told */
	bool released                    /* ->release() has run: the wait queue is gone */
}

/* struct myep_eventpoll, with its own file */
typedef eventpoll {
	bool mtx;
	byte ovflist = MYEP_NO_SCAN;
	byte wq[WAITERS] = NOBODY;       /* sleepers, newest last */
	byte sleepers;
	byte refcount = 1 + ITEMS;
	byte count = 1;                  /* of the file */
	bool fd_open = true;
	bool freed
}

eventpoll ep;
epitem item[ITEMS];
file target[ITEMS];
bool asleep[WAITERS];                    /* TASK_INTERRUPTIBLE */
byte killed = NOBODY;

/* Scratch of a step; it ends with what it began with, so as not to be part of what is searched. */
byte at = NIL, older = NIL, chosen = NOBODY;

bool linked_twice, lost_event, lost_wake_up, leaked;

#define RDLLIST_EMPTY (item[0].rdllink != in_rdllist && item[1].rdllink != in_rdllist)
#define IN_WQ(task) (ep.wq[0] == task || ep.wq[1] == task)
#define GET_FILE_LIVE(f) target[f].count > 0 -> target[f].count++

/* Who follows a pointer says so. */
#define USES_ITEM(epi) assert(!item[epi].freed)
#define USES_INSTANCE assert(!ep.freed)
#define USES_TARGET(f) assert(!target[f].released)

inline mutex_lock()
{
	atomic { !ep.mtx -> USES_INSTANCE; ep.mtx = true }
}

inline mutex_unlock()
{
	d_step { USES_INSTANCE; ep.mtx = false }
}

/* ready.h: those who call one of these hold ep->lock, hence are in a d_step. */

inline link_to_rdllist(epi)
{
	linked_twice = item[epi].rdllink != nowhere;
	assert(!linked_twice);
	item[epi].rdllink = in_rdllist
}

inline move_all(from, to)
{
	if :: item[0].rdllink == from -> item[0].rdllink = to :: else fi;
	if :: item[1].rdllink == from -> item[1].rdllink = to :: else fi
}

/* __wake_up_common(): the newest is dequeued; if it ran already, the next one is woken, too. */
inline wake_up()
{
	do
	:: ep.sleepers == 0 -> break
	:: else ->
		ep.sleepers--;
		chosen = ep.wq[ep.sleepers];
		ep.wq[ep.sleepers] = NOBODY;
		if
		:: asleep[chosen] -> asleep[chosen] = false; break
		:: else
		fi
	od;
	chosen = NOBODY
}

inline myep_wake_if_ready_locked()
{
	if
	:: !RDLLIST_EMPTY -> wake_up()
	:: else
	fi
}

#define MYEP_READY_LOCKED (!RDLLIST_EMPTY || ep.ovflist != MYEP_NO_SCAN)

inline myep_set_ready_locked(epi)
{
	if
	:: ep.ovflist != MYEP_NO_SCAN && item[epi].ovflist_next == MYEP_NOT_OVERFLOWED ->
		linked_twice = ep.ovflist == epi ||
			       (ep.ovflist == 1 - epi && item[1 - epi].ovflist_next == epi);
		assert(!linked_twice);
		item[epi].ovflist_next = ep.ovflist;
		ep.ovflist = epi
	:: ep.ovflist == MYEP_NO_SCAN && item[epi].rdllink == nowhere ->
		link_to_rdllist(epi)
	:: else
	fi
}

inline myep_scan_begin()
{
	USES_INSTANCE;
	assert(ep.ovflist == MYEP_NO_SCAN);
	move_all(in_rdllist, to_be_polled);
	ep.ovflist = NIL
}

#ifdef BUG_RELINKS_LINKED
#define MAY_LINK(epi) true
#else
#define MAY_LINK(epi) item[epi].rdllink == nowhere
#endif

inline drain_ovflist()
{
	at = ep.ovflist;
	do
	:: at == NIL -> break
	:: else ->
		USES_ITEM(at);
		older = item[at].ovflist_next;
#ifndef BUG_DRAINED_STAYS_MARKED
		item[at].ovflist_next = MYEP_NOT_OVERFLOWED;
#endif
		if
		:: MAY_LINK(at) ->
			item[at].ovflist_next = MYEP_NOT_OVERFLOWED;
			link_to_rdllist(at)
		:: else
		fi;
		at = older
	od
}

inline myep_scan_end()
{
	USES_INSTANCE;
	move_all(delivered, in_rdllist);
	drain_ovflist();
	ep.ovflist = MYEP_NO_SCAN;
	move_all(to_be_polled, in_rdllist);
	myep_wake_if_ready_locked()
}

/* callback.c */

/* A target becomes ready and wakes who is on its wait queue: __wake_up(), myep_poll_callback(). */
proctype source(byte f)
{
	do
	:: d_step {
			!target[f].released ->
			target[f].ready = true;
			target[f].edge = EDGE_TRIGGERED(f)
		};
		if
		:: d_step { item[f].hooked -> target[f].whead_lock = true; USES_TARGET(f) };
			/* myep_notify() */
			d_step {
				USES_ITEM(f);
				USES_INSTANCE;
				myep_set_ready_locked(f);
				wake_up()
			};
			/* The item, and with it the instance, may be used until here. */
			d_step { USES_ITEM(f); USES_INSTANCE; target[f].whead_lock = false }
		:: !item[f].hooked
		fi
	:: break
	od
}

#ifdef BUG_DETACH_WITHOUT_LOCK
#define NO_CALLBACK_RUNS(f) true
#else
#define NO_CALLBACK_RUNS(f) !target[f].whead_lock
#endif

inline myep_detach(epi)
{
	if
	:: d_step {
			item[epi].hooked && NO_CALLBACK_RUNS(epi) ->
			USES_ITEM(epi);
			USES_TARGET(epi);
			item[epi].hooked = false
		}
	:: !item[epi].hooked
	fi
}

/* deliver.c: every rdllink is the scan's while it runs, so a change of one is no step by itself. */

#define ALL_POLLED (item[0].rdllink != to_be_polled && item[1].rdllink != to_be_polled)

/* myep_item_poll(): get a reference on the target of any item not polled yet, poll, put it. */
inline next_item()
{
	atomic {
		if
		:: item[0].rdllink == to_be_polled -> epi = 0
		:: item[1].rdllink == to_be_polled -> epi = 1
		fi;
		USES_ITEM(epi);
		USES_TARGET(epi);
		if
		:: GET_FILE_LIVE(epi); held = true
		:: else
		fi
	}
}

#define IS_READY (held && target[epi].ready)

/* Perhaps the last one. */
inline put_file_live()
{
	target[epi].count = target[epi].count - held;
	held = false;
	epi = 0
}

/* One item after the other, until there is none or the buffer is full. */
inline myep_scan_fill()
{
	do
	:: ALL_POLLED -> break
	:: else ->
		next_item();
		if
		:: d_step {
				IS_READY ->
				target[epi].edge = false;
				item[epi].rdllink = delivered;
				put_file_live()
			};
			res = true;
			if
			:: break
			:: skip
			fi
		:: d_step { !IS_READY -> item[epi].rdllink = nowhere; put_file_live() }
		fi
	od
}

/* Of what was delivered, the level-triggered stays ready. */
inline myep_scan_settle()
{
	if
	:: item[1].rdllink == delivered -> item[1].rdllink = nowhere
	:: else
	fi
}

/*
 * The chunk could not be written, not even after the scan: an item that is still there is queued
 * again, so that the edge is told after all. The level-triggered one has never left its place.
 */
inline requeue()
{
	d_step {
		!ep.mtx ->
		if
		:: item[1].linked ->
			USES_ITEM(1);
			USES_INSTANCE;
			target[1].edge = true;
			myep_set_ready_locked(1);
			wake_up()
		:: else
		fi
	}
}

/* res: there is something to return. Of myep_scan() each way to end is written out. */
inline myep_deliver()
{
	do
	:: killed == me ->
		/* A list that is a scan's is not looked at. */
		d_step { USES_INSTANCE; myep_wake_if_ready_locked() };
		res = true;
		break
	:: else ->
		d_step { !ep.mtx -> ep.mtx = true; myep_scan_begin() };
		myep_scan_fill();
		if
		:: d_step { true -> myep_scan_settle(); myep_scan_end(); ep.mtx = false };
			if
			:: break
			/* Memory is missing for one more event: it can be fetched, or it is -EFAULT. */
			:: skip
			:: res = true; break
			fi
		/* The memory of the chunk is gone; if it is written without the mutex, nothing is new. */
		:: d_step { item[1].rdllink == delivered -> myep_scan_settle(); myep_scan_end(); ep.mtx = false };
			requeue();
			break
		fi
	od
}

/*
 * poll() on the instance: asks until one is ready, and leaves that one where it is. The closer does
 * this, so no target can be closed meanwhile.
 */
#define ASKED(epi, answer) (item[epi].rdllink == to_be_polled && target[epi].ready == answer)

inline myep_any_ready()
{
	d_step { !ep.mtx -> ep.mtx = true; myep_scan_begin() };
	do
	:: ALL_POLLED -> break
	:: ASKED(0, true) || ASKED(1, true) -> break
	:: d_step { ASKED(0, false) -> item[0].rdllink = nowhere }
	:: d_step { ASKED(1, false) -> item[1].rdllink = nowhere }
	od;
	atomic { myep_scan_end(); ep.mtx = false }
}

/* wait.c */

#ifdef BUG_TIMEOUT_FORGETS_WAKE
#define WAS_CHOSEN false
#else
#define WAS_CHOSEN !IN_WQ(me)
#endif

inline dequeue()
{
	if
	:: ep.wq[0] == me -> ep.wq[0] = ep.wq[1]; ep.wq[1] = NOBODY; ep.sleepers--
	:: ep.wq[1] == me -> ep.wq[1] = NOBODY; ep.sleepers--
	:: else
	fi
}

/* look: there may be events. Whether there is a deadline is chosen here. */
inline myep_sleep()
{
#ifdef BUG_LOOKS_BEFORE_LOCK
	look = MYEP_READY_LOCKED;
#endif
	d_step {
		USES_INSTANCE;
#ifndef BUG_LOOKS_BEFORE_LOCK
		look = MYEP_READY_LOCKED;
#endif
		if
		:: !look ->
			asleep[me] = true;
			ep.wq[ep.sleepers] = me;
			ep.sleepers++
		:: else
		fi
	};
	if
	:: look
	:: !look ->
		if
		:: true ->
end_asleep:
			if
			:: !asleep[me]
			:: killed == me -> asleep[me] = false
			fi
		:: true -> d_step { asleep[me] = false; expired = true }
		fi;
		if
		:: !IN_WQ(me) -> look = !expired || WAS_CHOSEN
		:: else ->
			d_step { USES_INSTANCE; look = !expired || WAS_CHOSEN; dequeue() }
		fi;
		expired = false
	fi
}

/* The deadline may have passed, or have been none, so any look without a result may be the last. */
inline myep_wait()
{
	if
	:: look = true
	:: skip
	fi;
	do
	:: look ->
		look = false;
		myep_deliver();
		if
		:: res -> break
		:: else
		fi
	:: !look -> break
	:: !look && killed != me -> myep_sleep()
	od
}

/* A program: waits, reads, stops. */
proctype waiter(byte me)
{
	bool look, expired, res, held;
	byte epi;

	do
	/* The call holds the instance's file. */
	:: d_step { ep.fd_open && killed != me -> ep.count++ };
		myep_wait();
		atomic { res = false; ep.count-- }
	:: target[0].ready = false
	:: d_step { target[1].ready = false; target[1].edge = false }
	:: break
	od
}

/* lifetime.c */

inline myep_put()
{
	d_step {
		USES_INSTANCE;
		ep.refcount--;
		if
		:: ep.refcount == 0 -> assert(!item[0].linked && !item[1].linked); ep.freed = true
		:: else
		fi
	}
}

inline myep_remove_item(epi)
{
	myep_detach(epi);
	d_step {
		true ->
		USES_ITEM(epi);
		USES_INSTANCE;
		assert(ep.ovflist == MYEP_NO_SCAN);
		item[epi].linked = false;
		item[epi].rdllink = nowhere;
		item[epi].freed = true
	}
}

/* Path C: __fput() of a target, from myep_file_closing() to ->release(). */
proctype target_fput()
{
end_open:
	target[1].count == 0;
	if
	:: item[1].linked ->
		mutex_lock();
		myep_remove_item(1);
		mutex_unlock();
		myep_put()
	:: else
	fi;
	d_step {
		true ->
		target[1].released = true;
		target[1].ready = false;
		target[1].edge = false
	}
}

#ifdef BUG_CLOSE_WITHOUT_REFERENCE
#define OWNS(f) true -> target[f].count++
#else
#define OWNS(f) GET_FILE_LIVE(f)
#endif

/* The second pass of myep_release_items(), for one item. */
inline release_item(f)
{
	USES_TARGET(f);
	if
	:: d_step { OWNS(f) };
		myep_remove_item(f);
		myep_put();
		target[f].count--
	:: target[f].count == 0
	fi
}

/* Path B: myep_instance_release(). */
proctype instance_release()
{
	byte f;

end_open:
	ep.count == 0;
	mutex_lock();
	do
	:: f < ITEMS ->
		if
		:: item[f].linked -> myep_detach(f)
		:: else
		fi;
		f++
	:: else -> f = 0; break
	od;
	do
	:: f < ITEMS ->
		if
		:: item[f].linked -> release_item(f)
		:: else
		fi;
		f++
	:: else -> break
	od;
	mutex_unlock();
	myep_put()
}

/* ctl.c; the descriptors of instance and target, which are the closer's, hold both files. */

/* Path A: myep_remove_held() */
inline del(epi)
{
	mutex_lock();
	myep_remove_item(epi);
	myep_put();
	mutex_unlock()
}

/* myep_insert(), of a new item in the memory of the old: ->poll() of the target hooks it; looks. */
inline add(epi)
{
	d_step {
		!ep.mtx ->
		ep.mtx = true;
		ep.refcount++;
		item[epi].freed = false;
		item[epi].linked = true;
		item[epi].hooked = true;
		target[epi].edge = EDGE_TRIGGERED(epi) && target[epi].ready
	};
	if
	/* myep_queue_and_wake(), if it is not queued already */
	:: d_step {
			target[epi].ready && item[epi].rdllink == nowhere ->
			USES_INSTANCE;
			myep_set_ready_locked(epi);
			wake_up()
		}
	:: !(target[epi].ready && item[epi].rdllink == nowhere)
	fi;
	mutex_unlock()
}

inline close_instance()
{
	d_step { ep.fd_open = false; ep.count-- }
}

/*
 * One thing, for each multiplies the states. The waiters are alike, so one is killed; and only the
 * edge-triggered target is closed, after the instance or while it goes on.
 */
proctype closer()
{
	if
	:: killed = 0
	:: close_instance(); target[1].count--
	:: close_instance()
	:: target[1].count--
	:: del(0)
	:: del(1)
	:: del(0); add(0)
	:: del(1); add(1)
	:: myep_any_ready()
	:: skip
	fi
}

/* What a target has to tell. */
#define TO_TELL(f) (item[f].linked && target[f].count > 0 && target[f].ready && \
		    (!EDGE_TRIGGERED(f) || target[f].edge))

/* When nobody can take a step any more, nothing may be left to do. */
proctype quiet()
{
	timeout;
	d_step {
		lost_event = (TO_TELL(0) && item[0].rdllink != in_rdllist) ||
			     (TO_TELL(1) && item[1].rdllink != in_rdllist);
		assert(!lost_event);
		lost_wake_up = (asleep[0] || asleep[1]) && (TO_TELL(0) || TO_TELL(1));
		assert(!lost_wake_up);
		leaked = (target[0].count == 0 && !item[0].freed) ||
			 (target[1].count == 0 && !item[1].freed) ||
			 (ep.count == 0 && !(ep.freed && item[0].freed && item[1].freed));
		assert(!leaked)
	}
}

init {
	atomic {
		run quiet();
		run source(0);
		run source(1);
		run waiter(0);
		run waiter(1);
		run target_fput();
		run instance_release();
		run closer()
	}
}
