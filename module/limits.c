// SPDX-License-Identifier: GPL-2.0-only
/*
 * Limits for each user: watched targets and pages of rings, over all instances that the user
 * created, and late closes.
 *
 * The creator of the instance is charged, whoever does the ADD; root is limited as well
 * (behaviours: 139 to 143). Watches are counted per CPU, so that ADDs on different CPUs do not
 * contend. The sum is exact near the limit, but checked before it is raised: concurrent ADDs can
 * exceed the limit by one each.
 */
#include "limits.h"
#include "eventpoll.h"

#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/percpu_counter.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/xarray.h>

/* Most late closes pending at a time; see late_close.c. */
#define MYEP_LATE_CLOSES_OF_USER 16
#define MYEP_LATE_CLOSES 128

/* Shared by all instances of one creator. */
struct myep_user {
	unsigned int uid;     /* (i) */
	refcount_t refcount;  /* (a) instances, late closes, rings; the last is dropped under (u) */
	atomic_t late_closes; /* (a) */
	atomic_long_t ring_pages;      /* (a) */
	struct percpu_counter watches; /* (s) */
};

/* By uid. Its lock is (u): nothing is allocated while it is held. */
static DEFINE_XARRAY(myep_users);

static atomic_t myep_late_closes = ATOMIC_INIT(0);

static long myep_max_user_watches __read_mostly = -1;

static int myep_set_max_user_watches(const char *value, const struct kernel_param *param)
{
	long max;
	int err;

	err = kstrtol(value, 0, &max);
	if (err)
		return err;
	if (max < 0)
		return -EINVAL;
	WRITE_ONCE(myep_max_user_watches, max);
	return 0;
}

static const struct kernel_param_ops myep_max_user_watches_ops = {
	.set = myep_set_max_user_watches,
	.get = param_get_long,
};

module_param_cb(max_user_watches, &myep_max_user_watches_ops, &myep_max_user_watches, 0644);
MODULE_PARM_DESC(max_user_watches,
		 "Most targets that a user may watch (default: as many as fill 4 % of memory)");

static ulong myep_max_user_ring_pages __read_mostly = 4096;

module_param_named(max_user_ring_pages, myep_max_user_ring_pages, ulong, 0644);
MODULE_PARM_DESC(max_user_ring_pages,
		 "Most pages that the rings of a user may have (default: 4096)");

static struct myep_user *myep_user_new(unsigned int uid)
{
	struct myep_user *user = kzalloc(sizeof(*user), GFP_KERNEL_ACCOUNT);

	if (!user)
		return NULL;
	if (percpu_counter_init(&user->watches, 0, GFP_KERNEL_ACCOUNT)) {
		kfree(user);
		return NULL;
	}
	user->uid = uid;
	refcount_set(&user->refcount, 1);
	return user;
}

static void myep_user_free(struct myep_user *user)
{
	WARN_ON_ONCE(percpu_counter_sum(&user->watches));
	percpu_counter_destroy(&user->watches);
	kfree(user);
}

static struct myep_user *myep_user_find(unsigned int uid)
{
	struct myep_user *user;

	xa_lock(&myep_users);
	user = xa_load(&myep_users, uid);
	if (user)
		refcount_inc(&user->refcount);
	xa_unlock(&myep_users);
	return user;
}

/**
 * myep_user_get() - get the account of the calling user, for a new instance
 *
 * Context: process, may sleep.
 * Return: the account, to be released by myep_user_put(), or NULL without memory.
 */
struct myep_user *myep_user_get(void)
{
	const unsigned int uid = __kuid_val(current_uid());
	struct myep_user *user, *fresh;
	void *there;

	do {
		user = myep_user_find(uid);
		if (user)
			return user;
		fresh = myep_user_new(uid);
		if (!fresh)
			return NULL;
		there = xa_cmpxchg(&myep_users, uid, NULL, fresh, GFP_KERNEL_ACCOUNT);
		if (!there)
			return fresh;
		myep_user_free(fresh);
		/* Either another task was faster, or memory is short. */
	} while (!xa_is_err(there));
	return NULL;
}

/**
 * myep_user_put() - release an account
 * @user: the account
 *
 * Takes the lock of the table only for the last reference, so that closes do not contend
 * (behaviours: 133).
 *
 * Context: process, may sleep.
 */
void myep_user_put(struct myep_user *user)
{
	if (!refcount_dec_and_lock(&user->refcount, &myep_users.xa_lock))
		return;
	/* For sparse, which does not see it above. */
	__acquire(&myep_users.xa_lock);
	__xa_erase(&myep_users, user->uid);
	xa_unlock(&myep_users);
	myep_user_free(user);
}

/**
 * myep_charge_late_close() - charge a user for one more late close
 * @user: the creator of an instance that the caller holds
 *
 * Context: process.
 * Return: false if there are too many; otherwise the late close holds the account.
 */
bool myep_charge_late_close(struct myep_user *user)
{
	if (!atomic_add_unless(&user->late_closes, 1, MYEP_LATE_CLOSES_OF_USER))
		return false;
	if (!atomic_add_unless(&myep_late_closes, 1, MYEP_LATE_CLOSES)) {
		atomic_dec(&user->late_closes);
		return false;
	}
	refcount_inc(&user->refcount);
	return true;
}

/* A late close is done. May sleep. */
void myep_uncharge_late_close(struct myep_user *user)
{
	atomic_dec(&myep_late_closes);
	atomic_dec(&user->late_closes);
	myep_user_put(user);
}

/**
 * myep_charge_ring() - charge a user for a ring
 * @user: the creator of an instance that the caller holds
 * @pages: size of the ring
 *
 * Context: process.
 * Return: false if there would be too many; otherwise the ring holds the account.
 */
bool myep_charge_ring(struct myep_user *user, unsigned int pages)
{
	if (atomic_long_add_return(pages, &user->ring_pages) >
	    READ_ONCE(myep_max_user_ring_pages)) {
		atomic_long_sub(pages, &user->ring_pages);
		return false;
	}
	refcount_inc(&user->refcount);
	return true;
}

/* A ring is freed. May sleep. */
void myep_uncharge_ring(struct myep_user *user, unsigned int pages)
{
	atomic_long_sub(pages, &user->ring_pages);
	myep_user_put(user);
}

/* Does the user watch as many targets as allowed? */
bool myep_at_limit(struct myep_user *user)
{
	return percpu_counter_compare(&user->watches, READ_ONCE(myep_max_user_watches)) >= 0;
}

/* One more watched target. */
void myep_charge(struct myep_user *user)
{
	percpu_counter_inc(&user->watches);
}

/* One watched target fewer. */
void myep_uncharge(struct myep_user *user)
{
	percpu_counter_dec(&user->watches);
}

/* Set the default, unless the parameter was given. */
void __init myep_limits_init(void)
{
	struct sysinfo info;

	if (myep_max_user_watches >= 0)
		return;
	si_meminfo(&info);
	myep_max_user_watches =
		((info.totalram - info.totalhigh) / 25 << PAGE_SHIFT) / sizeof(struct myep_epitem);
}
