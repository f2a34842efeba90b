// SPDX-License-Identifier: GPL-2.0-only
/*
 * How items end: by DEL, with their instance, or with their target. See "Removal paths" in
 * eventpoll.h for who excludes whom.
 *
 * The kernel does not notify modules of the last close of a file. So compat/close_notice.c puts a
 * call at the start of a function that __fput() runs for every file before ->release(). The items
 * of a file are found in the table of watched.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "lifetime.h"
#include "callback.h"
#include "ctl.h"
#include "eventpoll.h"
#include "item.h"
#include "ready.h"
#include "ring.h"
#include "wakeup_source.h"
#include "watched.h"

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>
#include "compat/close_notice.h"
#include "compat/file.h"

/* Tasks inside myep_remove_watches(). */
static atomic_t myep_closing = ATOMIC_INIT(0);

/* Nothing queues or posts the item any more. */
static noinline void myep_remove_rare(struct myep_eventpoll *ep, struct myep_epitem *epi)
{
	if (!ep->has_ring) {
		myep_remove_wakeup(epi);
		return;
	}
	spin_lock_irq(&ep->lock);
	myep_take_back_locked(ep, epi);
	spin_unlock_irq(&ep->lock);
}

/* Unlink an item from everything and free it, but keep its reference on the instance. */
static void myep_remove_item(struct myep_eventpoll *ep, struct myep_epitem *epi)
{
	lockdep_assert_held(&ep->mtx);
	myep_detach(epi);
	if (unlikely(epi->ws))
		myep_remove_rare(ep, epi);
	myep_unwatch(epi);
	rb_erase_cached(&epi->rbn, &ep->rbr);
	ep->edits++;
	spin_lock_irq(&ep->lock);
	myep_clear_ready_locked(ep, epi);
	trace_myepoll_unlink(ep, epi);
	spin_unlock_irq(&ep->lock);
	myep_item_free(epi);
}

/**
 * myep_remove_held() - stop watching a target that the caller holds
 * @ep: the instance
 * @epi: an item of it, attached or not; freed
 *
 * Path A, and path B for each target it gets a reference on; also undoes a failed ADD.
 *
 * Context: process, ep->mtx and a reference on the target held.
 */
void myep_remove_held(struct myep_eventpoll *ep, struct myep_epitem *epi)
{
	lockdep_assert_held(&ep->mtx);
	myep_remove_item(ep, epi);
	/* Not the last reference: the file of the instance still has one. */
	myep_put(ep);
}

/*
 * Drop path B's reference on a target that is no longer watched. A kernel thread's last fput()
 * would go to the one worker that closes files for the whole system; see late_close.c.
 * Return: false if ep->mtx was released in between.
 */
static bool myep_put_removed(struct myep_eventpoll *ep, struct file *file)
{
	if (myep_put_file_unless_last(file))
		return true;
	if (!(current->flags & PF_KTHREAD)) {
		fput(file);
		return true;
	}
	mutex_unlock(&ep->mtx);
	__fput_sync(file);
	mutex_lock(&ep->mtx);
	return false;
}

/**
 * myep_release_items() - path B: the instance is closed
 * @ep: the instance
 *
 * Two passes: during the first, callbacks still run for items that are not detached yet; during
 * the second, none runs. Items whose target is being closed are left to path C, which may also
 * remove items while a pass lets ep->mtx go.
 *
 * Context: process, possibly a kernel worker, may sleep; no other user of the file is left.
 */
void myep_release_items(struct myep_eventpoll *ep)
{
	struct myep_epitem *epi, *next;
	struct myep_epoll_filefd key;
	unsigned int seen = 0;

	mutex_lock(&ep->mtx);
	for (epi = myep_first_item(ep); epi; epi = next) {
		key = epi->ffd;
		myep_detach(epi);
		next = myep_next_in_walk(ep, myep_next_item(epi), &key, &seen);
	}
	for (epi = myep_first_item(ep); epi; epi = next) {
		key = epi->ffd;
		next = myep_next_item(epi);
		if (myep_get_file_live(key.file)) {
			myep_remove_held(ep, epi);
			if (unlikely(!myep_put_removed(ep, key.file)))
				next = myep_first_behind(ep, &key);
		}
		next = myep_next_in_walk(ep, next, &key, &seen);
	}
	/* Items are left to path C, and a user can hold up the close that leads there. */
	if (!RB_EMPTY_ROOT(&ep->rbr.rb_root)) {
		__module_get(THIS_MODULE);
		ep->orphan = true;
	}
	mutex_unlock(&ep->mtx);
}

static struct myep_epitem *myep_first_to_remove(struct file *file)
{
	struct myep_epitem *first;

	rcu_read_lock();
	first = myep_first_watch(file);
	rcu_read_unlock();
	/* Safe outside RCU: only path C, the caller, can remove it now. */
	return first;
}

static noinline void myep_remove_watches(struct file *file, struct myep_epitem *epi)
{
	atomic_inc(&myep_closing);
	for (; epi; epi = myep_first_to_remove(file)) {
		struct myep_eventpoll *ep = epi->ep;

		mutex_lock(&ep->mtx);
		myep_remove_item(ep, epi);
		mutex_unlock(&ep->mtx);
		/* Possibly the last reference, hence after the unlock. */
		myep_put(ep);
		cond_resched();
	}
	/* The wakeup can block on PREEMPT_RT; myep_lifetime_exit() waits for RCU sections, too. */
	rcu_read_lock();
	if (atomic_dec_and_test(&myep_closing))
		wake_up_var(&myep_closing);
	rcu_read_unlock();
}

/**
 * myep_file_closing() - path C: a file, watched or not, is closed for the last time
 * @file: any file of the system; its count is zero, ->release() has not been called
 *
 * Called by the trampoline in compat/ for every last close on the system. In the common case it
 * reads one counter. No ADD of this file can be missing there: each held a reference until it was
 * counted.
 *
 * Context: process, possibly a kernel worker, no locks held, may sleep.
 */
asmlinkage void myep_file_closing(struct file *file)
{
	struct myep_epitem *first;

	if (likely(!myep_perhaps_watched(file)))
		return;
	first = myep_first_to_remove(file);
	if (first)
		myep_remove_watches(file, first);
}

/* The target of the self-test: it can be polled and has no wait queue. */
static __poll_t myep_selftest_poll(struct file *file, poll_table *pt)
{
	return 0;
}

static const struct file_operations myep_selftest_fops = {
	.owner = THIS_MODULE,
	.poll = myep_selftest_poll,
};

struct myep_selftest {
	struct work_struct work; /* (o) */
	struct file *file;	 /* (o) */
};

/* Only a kernel thread may close a file synchronously. */
static void myep_selftest_close(struct work_struct *work)
{
	__fput_sync(container_of(work, struct myep_selftest, work)->file);
}

/* Watch a file, close it, and check that its item is gone: without close notices, do not load. */
static int __init myep_verify_close_notice(void)
{
	const struct epoll_event event = {};
	struct myep_nesting flat = {};
	struct myep_selftest selftest;
	struct myep_eventpoll *ep;
	int err;

	ep = myep_alloc();
	if (!ep)
		return -ENOMEM;

	selftest.file = anon_inode_getfile("[myepoll-selftest]", &myep_selftest_fops, NULL, O_RDWR);
	if (IS_ERR(selftest.file)) {
		err = PTR_ERR(selftest.file);
		goto err_ep;
	}

	mutex_lock(&ep->mtx);
	err = myep_insert(ep, selftest.file, -1, &event, &flat, 0);
	mutex_unlock(&ep->mtx);

	INIT_WORK_ONSTACK(&selftest.work, myep_selftest_close);
	schedule_work(&selftest.work);
	flush_work(&selftest.work);
	destroy_work_on_stack(&selftest.work);

	mutex_lock(&ep->mtx);
	if (!RB_EMPTY_ROOT(&ep->rbr.rb_root)) {
		pr_err("cannot load: the close of a file went unnoticed\n");
		myep_remove_held(ep, rb_entry(rb_first_cached(&ep->rbr), struct myep_epitem, rbn));
		err = -EOPNOTSUPP;
	}
	mutex_unlock(&ep->mtx);
err_ep:
	myep_put(ep);
	return err;
}

/* Return: 0, or -errno with the reason in the log. */
int __init myep_lifetime_init(void)
{
	int err;

	err = myep_watched_init();
	if (err)
		return err;

	err = myep_close_notice_register();
	if (err)
		goto err_table;

	err = myep_verify_close_notice();
	if (err)
		goto err_notice;

	return 0;

err_notice:
	myep_lifetime_exit();
	return err;
err_table:
	myep_watched_exit();
	return err;
}

/*
 * The kernel still calls the module, so its code must stay in memory. An exit function cannot fail;
 * it can only not return.
 */
static void myep_stay_for_good(void)
{
	pr_err("cannot be unloaded: ftrace has died, and closes still call the module; it stays until the next boot\n");
	for (;;)
		schedule_timeout_idle(MAX_SCHEDULE_TIMEOUT);
}

/**
 * myep_lifetime_exit() - stop the close notices, and wait until no task runs code of the module
 *
 * Every instance is gone, or in its last put in path C; until then it held the module. But tasks
 * can be anywhere in path C, asleep or preempted. Once the notices are off, one RCU-tasks grace
 * period flushes them out, except those asleep in myep_remove_watches(), which myep_closing counts.
 * These leave an RCU section and then the module, without sleeping in between; so do callbacks that
 * handle POLLFREE, pair [b3] of eventpoll.h.
 *
 * Context: process, may sleep.
 */
void myep_lifetime_exit(void)
{
	if (myep_close_notice_unregister())
		myep_stay_for_good();
	synchronize_rcu_tasks();
	wait_var_event(&myep_closing, !atomic_read(&myep_closing));
	synchronize_rcu();
	synchronize_rcu_tasks();
	WARN_ON_ONCE(atomic_read(&myep_watched.nelems));
	myep_watched_exit();
}
