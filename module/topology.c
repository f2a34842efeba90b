// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instances inside instances: no circles, chains of at most four steps, and a bounded number of
 * paths that one wake-up can take; behaviours: 108 to 114.
 *
 * Only an ADD can break these rules, and only one of an instance, or one into an instance that
 * is watched itself: these take the nesting mutex, so the paths they count stay while they
 * count. All other ADDs stay flat and meet on no global lock; an instance tells by ep->nested.
 * DEL and close take no part: they only make paths go away.
 *
 * Paths down are walked under the mtx of each instance on them, outer first. Paths up are
 * walked under RCU, from a file to the items that watch it and on to their instances; a walk can
 * be long, and leaves its RCU section about every millisecond.
 */
#include "eventpoll.h"
#include "watched.h"

#include <linux/minmax.h>
#include <linux/sched.h>

/* Steps from an instance to an instance in it, in one chain. */
#define MYEP_MAX_STEPS 4

/* How many paths may lead up from a file, by the number of instances above the first. */
static const unsigned int myep_max_paths[MYEP_MAX_STEPS + 1] = { UINT_MAX, 500, 100, 50, 10 };

/*
 * Most items that an ADD may count paths through. epoll counts once for each file; where many
 * instances watch the same, we count again for each. It shall not take minutes.
 */
#define MYEP_MAX_COUNTED 10000000

/* Steps of a walk up in one RCU section: a millisecond on a slow machine. */
#define MYEP_STEPS_IN_SECTION 2048

static DEFINE_MUTEX(myep_nesting);

/* (n) The number of the last walk: what it left in an instance is worth nothing to the next. */
static u64 myep_walk;

/* (n) The steps that the current ADD has taken, up and while it counts paths. */
static unsigned int myep_counted;

static bool myep_visited(const struct eventpoll *ep)
{
	lockdep_assert_held(&myep_nesting);
	return ep->walk == myep_walk;
}

static void myep_visit(struct eventpoll *ep, int steps)
{
	lockdep_assert_held(&myep_nesting);
	ep->walk = myep_walk;
	ep->steps = steps;
}

/* The steps of the longest path down. More than any chain may have if @outer is met. */
static int myep_steps_down(struct eventpoll *ep, const struct eventpoll *outer, int depth)
{
	struct rb_node *node;
	int steps = 0;

	if (ep == outer || depth > MYEP_MAX_STEPS)
		return MYEP_MAX_STEPS + 1;
	if (myep_visited(ep))
		return ep->steps;

	mutex_lock_nested(&ep->mtx, depth);
	for (node = rb_first_cached(&ep->rbr); node; node = rb_next(node)) {
		const struct file *file = rb_entry(node, struct epitem, rbn)->ffd.file;

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
 * A walk up has taken one more step. No grace period ends while it is in an RCU section, nowhere
 * in the system, so now and then it leaves that. What it stands on is detained meanwhile.
 */
static void myep_step(void)
{
	if (++myep_counted % MYEP_STEPS_IN_SECTION)
		return;
	rcu_read_unlock();
	cond_resched();
	rcu_read_lock();
}

static void myep_walk_up_begin(void)
{
	myep_detain_begin();
	rcu_read_lock();
}

static void myep_walk_up_end(void)
{
	rcu_read_unlock();
	myep_detain_end();
}

/* The steps of the longest path up. */
static int myep_steps_up(struct eventpoll *ep)
{
	struct epitem *epi;
	int steps = 0;

	if (myep_visited(ep))
		return ep->steps;
	/* Before the walk goes on, so that it ends even if an old ep->file closes a circle. */
	myep_visit(ep, 0);

	/* [b5] pairs with myep_instance_release() */
	for (epi = myep_first_watch(READ_ONCE(ep->file)); epi; epi = myep_next_watch(epi)) {
		myep_step();
		steps = max(steps, 1 + myep_steps_up(epi->ep));
	}
	myep_visit(ep, steps);
	return steps;
}

/* Count the paths up from a file. Return: false as soon as there are too many. */
static bool myep_count_paths(struct file *file, unsigned int steps, unsigned int *paths)
{
	struct epitem *epi;

	if (steps > MYEP_MAX_STEPS)
		return false;
	for (epi = myep_first_watch(file); epi; epi = myep_next_watch(epi)) {
		struct file *outer;

		myep_step();
		if (myep_counted > MYEP_MAX_COUNTED)
			return false;
		/* [b5] pairs with myep_instance_release() */
		outer = READ_ONCE(epi->ep->file);
		if (myep_first_watch(outer)) {
			if (!myep_count_paths(outer, steps + 1, paths))
				return false;
		} else if (++paths[steps] > myep_max_paths[steps]) {
			return false;
		}
	}
	return true;
}

static bool myep_file_paths_ok(struct file *file)
{
	unsigned int paths[MYEP_MAX_STEPS + 1] = {};
	bool ok;

	myep_walk_up_begin();
	ok = myep_count_paths(file, 0, paths);
	myep_walk_up_end();
	return ok;
}

/* The same for every file that is no instance on every path down from @ep. */
static bool myep_leaf_paths_ok(struct eventpoll *ep, int depth)
{
	struct file *counted = NULL;
	struct rb_node *node;
	bool ok = true;

	if (myep_visited(ep))
		return true;
	myep_visit(ep, 0);

	mutex_lock_nested(&ep->mtx, depth);
	for (node = rb_first_cached(&ep->rbr); ok && node; node = rb_next(node)) {
		struct file *file = rb_entry(node, struct epitem, rbn)->ffd.file;

		if (myep_is_instance(file))
			ok = myep_leaf_paths_ok(file->private_data, depth + 1);
		else if (file != counted) /* items of one file are neighbours */
			ok = myep_file_paths_ok(file);
		counted = file;
		cond_resched();
	}
	mutex_unlock(&ep->mtx);
	return ok;
}

/*
 * Would @inner in @outer make a circle or too long a chain?
 *
 * Whatever the answer, @inner is nested from here on as far as its own ADDs are concerned: one
 * of them must not slip in after the walk. The mtx of @outer is not held: in the case to be
 * refused, @inner is the outer one, and scans take the two in that order.
 */
static bool myep_may_nest(struct eventpoll *outer, struct eventpoll *inner)
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
	up = myep_steps_up(outer);
	myep_walk_up_end();
	return down + 1 + up <= MYEP_MAX_STEPS;
}

/**
 * myep_nesting_lock() - take the locks of an ADD that is about more than its own instance
 * @ep: the instance
 * @target: the file to be added
 *
 * Circles are looked for before ep->mtx is taken.
 *
 * Context: process, may sleep. Afterwards the nesting mutex and ep->mtx are held.
 * Return: MYEP_NESTED, or MYEP_LOOP if the ADD must be refused.
 */
enum myep_topology myep_nesting_lock(struct eventpoll *ep, const struct file *target)
{
	enum myep_topology topology = MYEP_NESTED;

	mutex_lock(&myep_nesting);
	if (myep_is_instance(target) && !myep_may_nest(ep, target->private_data))
		topology = MYEP_LOOP;
	mutex_lock(&ep->mtx);
	/* If it was taken out of all others since, its next ADD can be flat. */
	rcu_read_lock();
	ep->nested = myep_first_watch(ep->file);
	rcu_read_unlock();
	return topology;
}

/**
 * myep_nesting_unlock() - release the nesting mutex, after ep->mtx
 *
 * Context: process.
 */
void myep_nesting_unlock(void)
{
	mutex_unlock(&myep_nesting);
}

/**
 * myep_paths_ok() - are there few enough paths up from a file that was just linked?
 * @target: the file; if it is an instance, all files below it are meant
 *
 * Context: process, mtx of the instance it was linked in and the nesting mutex held, may sleep.
 * Return: false if it must be refused with EINVAL.
 */
bool myep_paths_ok(struct file *target)
{
	lockdep_assert_held(&myep_nesting);
	myep_counted = 0;
	if (!myep_is_instance(target))
		return myep_file_paths_ok(target);
	myep_walk++;
	return myep_leaf_paths_ok(target->private_data, 1);
}
