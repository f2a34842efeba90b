// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a user may have: so many watched targets, over all instances that the user created, and
 * so many late closes.
 *
 * Charged to the creator of the instance, whoever does the ADD; root is limited as well;
 * behaviours: 139 to 143. The count is the sum of counters per processor, so that ADDs on
 * different processors do not meet. It is exact near the limit, but looked at before it is
 * raised: ADDs at the same time may pass the limit by one each.
 */
#include "limits.h"

#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/percpu_counter.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/xarray.h>

/* Late closes at the same time; see late_close.c. */
#define MYEP_LATE_CLOSES_OF_USER 16
#define MYEP_LATE_CLOSES 128

/* What instances of one creator share. */
struct myep_user {
	unsigned int uid;     /* (i) */
	refcount_t refcount;  /* (a) each instance and late close; the last goes under (u) */
	atomic_t late_closes; /* (a) */
	struct percpu_counter watches; /* (s) */
};

/* By uid. (u) is the lock inside: nothing is allocated while it is held. */
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
		 "Most targets a user may watch in all (default: what fills 4 % of memory)");

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
 * myep_user_get() - the account of the calling user, for an instance
 *
 * Context: process, may sleep.
 * Return: the account, or NULL without memory.
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
		/* Unless memory is short, somebody else was faster. */
	} while (!xa_is_err(there));
	return NULL;
}

/**
 * myep_user_put() - an instance or a late close is gone
 * @user: what myep_user_get() returned for it
 *
 * Closes meet on the lock of the table only for the last instance of a user; behaviours: 133.
 *
 * Context: process, may sleep.
 */
void myep_user_put(struct myep_user *user)
{
	if (!refcount_dec_and_lock(&user->refcount, &myep_users.xa_lock))
		return;
	__xa_erase(&myep_users, user->uid);
	xa_unlock(&myep_users);
	myep_user_free(user);
}

/**
 * myep_charge_late_close() - may a user have one more late close?
 * @user: the creator of an instance, which the caller holds
 *
 * Context: process.
 * Return: false if there are too many. Else it is counted, and holds the account.
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

/**
 * myep_uncharge_late_close() - a late close is done
 * @user: who was charged
 *
 * Context: process, may sleep.
 */
void myep_uncharge_late_close(struct myep_user *user)
{
	atomic_dec(&myep_late_closes);
	atomic_dec(&user->late_closes);
	myep_user_put(user);
}

/**
 * myep_at_limit() - does a user watch as many targets as allowed?
 * @user: the creator of the instance
 *
 * Context: process.
 */
bool myep_at_limit(struct myep_user *user)
{
	return percpu_counter_compare(&user->watches, READ_ONCE(myep_max_user_watches)) >= 0;
}

/**
 * myep_charge() - count one more watched target
 * @user: the creator of the instance
 *
 * Context: process.
 */
void myep_charge(struct myep_user *user)
{
	percpu_counter_inc(&user->watches);
}

/**
 * myep_uncharge() - count one watched target less
 * @user: the creator of the instance
 *
 * Context: process.
 */
void myep_uncharge(struct myep_user *user)
{
	percpu_counter_dec(&user->watches);
}

/**
 * myep_limits_init() - set the default, unless the limit was given to insmod
 *
 * Context: process, while loading.
 */
void __init myep_limits_init(void)
{
	struct sysinfo info;

	if (myep_max_user_watches >= 0)
		return;
	si_meminfo(&info);
	myep_max_user_watches =
		((info.totalram - info.totalhigh) / 25 << PAGE_SHIFT) / sizeof(struct epitem);
}
