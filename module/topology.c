// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instances inside instances: no cycles, chains of at most four steps, and a limited number of
 * paths that one wakeup can take (behaviours: 108 to 114).
 *
 * Only an ADD can break these rules, and only if it adds an instance, or adds to an instance that
 * is watched itself. Such an ADD takes the nesting mutex, so that no path appears while it counts.
 * All other ADDs are flat and do not contend on a global lock; ep->nested tells them apart. DEL
 * and close need no check: they only remove paths. A kernel epoll is never a target: ctl.c answers
 * ELOOP to that, too.
 *
 * Paths down are walked under the mtx of each instance on them, outer first. Paths up are walked
 * under RCU, from a file to its items and on to their instances; a walk can be long, and leaves
 * its RCU section about every millisecond.
 */
#include "topology.h"
#include "instance.h"
#include "item.h"
#include "watched.h"

#include <linux/minmax.h>
#include <linux/sched.h>

/* Longest chain of instances, in steps from an instance to an instance in it. */
#define MYEP_MAX_STEPS 4

/* Most paths that may lead up from a file, by the number of instances above the first. */
static const unsigned int myep_max_paths[MYEP_MAX_STEPS + 1] = { UINT_MAX, 500, 100, 50, 10 };

/*
 * Most steps that an ADD may take to count paths. epoll visits each file once; we visit a file once
 * for each instance that watches it, which could take minutes: bound the total work.
 */
#define MYEP_MAX_COUNTED 10000000

/* Steps up in one RCU section: about a millisecond on a slow machine. */
#define MYEP_STEPS_IN_SECTION 2048

static DEFINE_MUTEX(myep_nesting);

/* (n) The number of the current walk; an instance with another number has not been visited. */
static u64 myep_walk;

static bool myep_visited(const struct myep_eventpoll *ep)
{
	lockdep_assert_held(&myep_nesting);
	return ep->walk == myep_walk;
}

static void myep_visit(struct myep_eventpoll *ep, int steps)
{
	lockdep_assert_held(&myep_nesting);
	ep->walk = myep_walk;
	ep->steps = steps;
}

/* The longest path down, in steps; more than MYEP_MAX_STEPS if it leads to @outer. */
static int myep_steps_down(struct myep_eventpoll *ep, const struct myep_eventpoll *outer, int depth)
{
	struct rb_node *node;
	int steps = 0;

	if (ep == outer || depth > MYEP_MAX_STEPS)
		return MYEP_MAX_STEPS + 1;
	if (myep_visited(ep))
		return ep->steps;

	mutex_lock_nested(&ep->mtx, depth);
	for (node = rb_first_cached(&ep->rbr); node; node = rb_next(node)) {
		const struct file *file = rb_entry(node, struct myep_epitem, rbn)->ffd.file;

		if (myep_is_instance(file))
			steps = max(steps,
				    1 + myep_steps_down(file->private_data, outer, depth + 1));
		if (steps > MYEP_MAX_STEPS)
			break;
		cond_resched();
	}
	mutex_unlock(&ep->mtx);
	myep_visit(ep, steps);
	return steps;
}

/*
 * Count one step up. No grace period on the whole system ends during an RCU section, so leave it
 * now and then. Items and instances stay in memory meanwhile: see myep_detain_begin().
 */
static void myep_step(struct myep_nesting *nesting)
{
	if (++nesting->steps % MYEP_STEPS_IN_SECTION)
		return;
	rcu_read_unlock();
	cond_resched();
	rcu_read_lock();
}

static void myep_walk_up_begin(void)
{
	myep_detain_begin();
	rcu_read_lock();
	__release(RCU); /* for sparse: held until myep_walk_up_end() */
}

static void myep_walk_up_end(void)
{
	__acquire(RCU);
	rcu_read_unlock();
	myep_detain_end();
}

/* The longest path up, in steps. */
static int myep_steps_up(struct myep_eventpoll *ep, struct myep_nesting *nesting)
{
	struct myep_epitem *epi;
	int steps = 0;

	if (myep_visited(ep))
		return ep->steps;
	/* Mark it first, so that the walk ends even if a stale ep->file closes a cycle. */
	myep_visit(ep, 0);

	/* [b5] pairs with myep_instance_release() */
	for (epi = myep_first_watch(READ_ONCE(ep->file)); epi; epi = myep_next_watch(epi)) {
		myep_step(nesting);
		steps = max(steps, 1 + myep_steps_up(epi->ep, nesting));
	}
	myep_visit(ep, steps);
	return steps;
}

/* Count the paths up from a file. Return: false as soon as there are too many. */
static bool myep_count_paths(struct file *file, unsigned int steps, unsigned int *paths,
			     struct myep_nesting *nesting)
{
	struct myep_epitem *epi;

	if (steps > MYEP_MAX_STEPS)
		return false;
	for (epi = myep_first_watch(file); epi; epi = myep_next_watch(epi)) {
		struct file *outer;

		myep_step(nesting);
		if (nesting->steps > MYEP_MAX_COUNTED)
			return false;
		/* [b5] pairs with myep_instance_release() */
		outer = READ_ONCE(epi->ep->file);
		if (myep_first_watch(outer)) {
			if (!myep_count_paths(outer, steps + 1, paths, nesting))
				return false;
		} else if (++paths[steps] > myep_max_paths[steps]) {
			return false;
		}
	}
	return true;
}

static bool myep_file_paths_ok(struct file *file, struct myep_nesting *nesting)
{
	unsigned int paths[MYEP_MAX_STEPS + 1] = {};
	bool ok;

	myep_walk_up_begin();
	ok = myep_count_paths(file, 0, paths, nesting);
	myep_walk_up_end();
	return ok;
}

/* The same for every file below @ep that is not an instance. */
static bool myep_leaf_paths_ok(struct myep_eventpoll *ep, int depth, struct myep_nesting *nesting)
{
	struct file *counted = NULL;
	struct rb_node *node;
	bool ok = true;

	if (myep_visited(ep))
		return true;
	myep_visit(ep, 0);

	mutex_lock_nested(&ep->mtx, depth);
	for (node = rb_first_cached(&ep->rbr); ok && node; node = rb_next(node)) {
		struct file *file = rb_entry(node, struct myep_epitem, rbn)->ffd.file;

		if (myep_is_instance(file))
			ok = myep_leaf_paths_ok(file->private_data, depth + 1, nesting);
		else if (file != counted) /* items of one file are neighbours */
			ok = myep_file_paths_ok(file, nesting);
		counted = file;
		cond_resched();
	}
	mutex_unlock(&ep->mtx);
	return ok;
}

/*
 * Does @inner fit in @outer without a cycle or too long a chain?
 *
 * From here on @inner counts as nested for its own ADDs, so that none of them is flat after the
 * walk. The mtx of @outer is not held while that of @inner is taken: if @outer is in @inner
 * already, scans lock the two in the opposite order.
 */
static bool myep_may_nest(struct myep_eventpoll *outer, struct myep_eventpoll *inner,
			  struct myep_nesting *nesting)
{
	int down, up;

	lockdep_assert_held(&myep_nesting);
	mutex_lock(&inner->mtx);
	inner->nested = true;
	mutex_unlock(&inner->mtx);

	myep_walk++;
	down = myep_steps_down(inner, outer, 0);
	if (down > MYEP_MAX_STEPS)
		return false;

	myep_walk++;
	myep_walk_up_begin();
	up = myep_steps_up(outer, nesting);
	myep_walk_up_end();
	return down + 1 + up <= MYEP_MAX_STEPS;
}

/**
 * myep_nesting_lock() - take the locks of an ADD that concerns more than its own instance
 * @ep: the instance
 * @target: the file to be added
 * @nesting: receives that the nesting mutex is held
 *
 * Checks for cycles before it takes ep->mtx.
 *
 * Context: process, may sleep.
 * Return: 0 with the nesting mutex and ep->mtx held, or -ELOOP with neither.
 */
int myep_nesting_lock(struct myep_eventpoll *ep, const struct file *target,
		      struct myep_nesting *nesting)
{
	mutex_lock(&myep_nesting);
	nesting->locked = true;
	nesting->steps = 0;
	if (myep_is_instance(target) && !myep_may_nest(ep, target->private_data, nesting)) {
		myep_nesting_unlock(nesting);
		return -ELOOP;
	}
	mutex_lock(&ep->mtx);
	/* If it has been removed from all others, its next ADD can be flat. */
	rcu_read_lock();
	ep->nested = myep_first_watch(ep->file);
	rcu_read_unlock();
	return 0;
}

/* After ep->mtx has been released. */
void myep_nesting_unlock(struct myep_nesting *nesting)
{
	nesting->locked = false;
	mutex_unlock(&myep_nesting);
}

/**
 * myep_paths_ok() - do few enough paths lead up from a file that was just linked?
 * @target: the file; if it is an instance, all files below it are checked
 * @nesting: locked by myep_nesting_lock()
 *
 * Context: process, mtx of the instance it was linked in held, may sleep.
 * Return: false if the ADD must fail with -EINVAL.
 */
bool myep_paths_ok(struct file *target, struct myep_nesting *nesting)
{
	lockdep_assert_held(&myep_nesting);
	nesting->steps = 0;
	if (!myep_is_instance(target))
		return myep_file_paths_ok(target, nesting);
	myep_walk++;
	return myep_leaf_paths_ok(target->private_data, 1, nesting);
}
