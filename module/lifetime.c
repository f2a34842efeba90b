// SPDX-License-Identifier: GPL-2.0-only
/*
 * How items die: by DEL, with their instance, or with their target. The banner of eventpoll.h
 * says who excludes whom.
 *
 * The kernel tells nobody outside its tree that a file is closed for the last time. So a call
 * is placed at the start of a function that __fput() runs for every file, before ->release():
 * see compat/close_notice.h. Watched files are found in a table keyed by file.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "eventpoll.h"
#include "ready.h"
#include "watched.h"

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>
#include "compat/close_notice.h"
#include "compat/file.h"

/* Tasks inside myep_remove_watches(). */
static atomic_t myep_closing = ATOMIC_INIT(0);

/* Unlink an item from everything and free it; its reference on the instance stays. */
static void myep_remove_item(struct eventpoll *ep, struct epitem *epi)
{
	lockdep_assert_held(&ep->mtx);
	myep_detach(epi);
	myep_remove_wakeup(epi);
	myep_unwatch(epi);
	rb_erase_cached(&epi->rbn, &ep->rbr);
	spin_lock_irq(&ep->lock);
	myep_clear_ready_locked(ep, epi);
	spin_unlock_irq(&ep->lock);
	myep_item_free(epi);
}

/**
 * myep_remove() - path A: stop watching a target that is open
 * @ep: the instance, open
 * @epi: an item of it, attached or not; gone afterwards
 *
 * Context: process, ep->mtx and a reference on the target held.
 */
void myep_remove(struct eventpoll *ep, struct epitem *epi)
{
	lockdep_assert_held(&ep->mtx);
	myep_remove_item(ep, epi);
	/* Never the last: the instance is open. */
	myep_put(ep);
}

/**
 * myep_release_items() - path B: the instance is closed
 * @ep: the instance
 *
 * Two passes: while the first detaches, a callback may still run for any item not reached yet;
 * in the second none runs. Items whose target is being closed are left to path C.
 *
 * Context: process (perhaps a kernel worker), may sleep; the last user of the file.
 */
void myep_release_items(struct eventpoll *ep)
{
	struct rb_node *node, *next;

	mutex_lock(&ep->mtx);
	for (node = rb_first_cached(&ep->rbr); node; node = rb_next(node)) {
		myep_detach(rb_entry(node, struct epitem, rbn));
		cond_resched();
	}
	for (node = rb_first_cached(&ep->rbr); node; node = next) {
		struct epitem *epi = rb_entry(node, struct epitem, rbn);
		struct file *file = epi->ffd.file;

		next = rb_next(node);
		if (!myep_get_file_live(file))
			continue;
		myep_remove(ep, epi);
		fput(file);
		cond_resched();
	}
	mutex_unlock(&ep->mtx);
}

static struct epitem *myep_first_to_remove(struct file *file)
{
	struct epitem *first;

	rcu_read_lock();
	first = myep_first_watch(file);
	rcu_read_unlock();
	/* Used outside RCU: nobody but path C, which is us, can remove it now. */
	return first;
}

static noinline void myep_remove_watches(struct file *file, struct epitem *epi)
{
	atomic_inc(&myep_closing);
	for (; epi; epi = myep_first_to_remove(file)) {
		struct eventpoll *ep = epi->ep;

		mutex_lock(&ep->mtx);
		myep_remove_item(ep, epi);
		mutex_unlock(&ep->mtx);
		/* Perhaps the last, hence outside of the mutex. */
		myep_put(ep);
		cond_resched();
	}
	/* With PREEMPT_RT the wake-up can block; myep_lifetime_exit() waits for us all the same. */
	rcu_read_lock();
	if (atomic_dec_and_test(&myep_closing))
		wake_up_var(&myep_closing);
	rcu_read_unlock();
}

/**
 * myep_file_closing() - path C: a file, watched or not, is closed for the last time
 * @file: any file of the system, its count at zero, ->release() not called yet
 *
 * Called from the trampoline in compat/ for every last close of the system, so the common case
 * is one look at one counter. Whoever added the file held it, and dropped it before we were called.
 *
 * Context: process (perhaps a kernel worker), no locks held, may sleep.
 */
asmlinkage void myep_file_closing(struct file *file)
{
	struct epitem *first;

	if (likely(!myep_perhaps_watched(file)))
		return;
	first = myep_first_to_remove(file);
	if (first)
		myep_remove_watches(file, first);
}

/* A target that can be polled and names no wait queue. */
static __poll_t myep_proof_poll(struct file *file, poll_table *pt)
{
	return 0;
}

static const struct file_operations myep_proof_fops = {
	.owner = THIS_MODULE,
	.poll = myep_proof_poll,
};

struct myep_proof {
	struct work_struct work; /* (o) */
	struct file *file;       /* (o) */
};

/* In a kernel thread, where the last reference can be dropped at once. */
static void myep_proof_close(struct work_struct *work)
{
	__fput_sync(container_of(work, struct myep_proof, work)->file);
}

/* Watch a file, close it, and see whether the item went: without that, unsafe to go on. */
static int __init myep_prove_close_notice(void)
{
	const struct epoll_event event = {};
	struct myep_proof proof;
	struct eventpoll *ep;
	int err;

	ep = myep_alloc();
	if (!ep)
		return -ENOMEM;

	proof.file = anon_inode_getfile("[myepoll-proof]", &myep_proof_fops, NULL, O_RDWR);
	if (IS_ERR(proof.file)) {
		err = PTR_ERR(proof.file);
		goto err_ep;
	}

	mutex_lock(&ep->mtx);
	err = myep_insert(ep, proof.file, -1, &event, MYEP_FLAT);
	mutex_unlock(&ep->mtx);

	INIT_WORK_ONSTACK(&proof.work, myep_proof_close);
	schedule_work(&proof.work);
	flush_work(&proof.work);
	destroy_work_on_stack(&proof.work);

	mutex_lock(&ep->mtx);
	if (!RB_EMPTY_ROOT(&ep->rbr.rb_root)) {
		pr_err("cannot load: the close of a file went unnoticed\n");
		myep_remove(ep, rb_entry(rb_first_cached(&ep->rbr), struct epitem, rbn));
		err = -EOPNOTSUPP;
	}
	mutex_unlock(&ep->mtx);
err_ep:
	myep_put(ep);
	return err;
}

/**
 * myep_lifetime_init() - take notice of closes, and prove it
 *
 * Context: process, while loading.
 * Return: 0, or -errno with the reason in the log.
 */
int __init myep_lifetime_init(void)
{
	int err;

	err = myep_watched_init();
	if (err)
		return err;

	err = myep_close_notice_register();
	if (err)
		goto err_table;

	err = myep_prove_close_notice();
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

static bool myep_nothing_watched(void)
{
	return !atomic_read(&myep_watched.nelems) && !atomic_read(&myep_closing);
}

/**
 * myep_lifetime_exit() - stop to take notice of closes
 *
 * Every instance is closed. But path B leaves items to path C, and a task can be on its way to
 * that, asleep or preempted anywhere in it. So the notice stays until the last item is gone.
 * After it is off, one grace period brings all tasks out of our text, but for those asleep in
 * myep_remove_watches(), which are counted. Those that were counted leave an RCU section first
 * and our text then, without sleep in between; so do callbacks that said POLLFREE, pair [b3] of
 * eventpoll.h.
 *
 * Context: process, may sleep.
 */
void myep_lifetime_exit(void)
{
	wait_var_event(&myep_closing, myep_nothing_watched());
	myep_close_notice_unregister();
	synchronize_rcu_tasks();
	wait_var_event(&myep_closing, myep_nothing_watched());
	synchronize_rcu();
	synchronize_rcu_tasks();
	myep_watched_exit();
}
