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
#include "wakeup.h"
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

/*
 * Drop path B's reference on a target that is not watched any more. The last fput() of a kernel
 * thread would go to the one worker that closes files for the whole system; see late_close.c.
 * Return: false if the mutex was released in between.
 */
static bool myep_put_removed(struct eventpoll *ep, struct file *file)
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
		if (unlikely(!myep_put_removed(ep, file)))
			next = rb_first_cached(&ep->rbr);
		cond_resched();
	}
	/* Whoever closes these targets may be held up by a user before it comes to path C. */
	if (!RB_EMPTY_ROOT(&ep->rbr.rb_root)) {
		__module_get(THIS_MODULE);
		ep->orphan = true;
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
	struct file *file;	 /* (o) */
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

/*
 * The code of the kernel goes on calling ours, so ours must not go. An exit that has begun cannot
 * be refused; it can only not end.
 */
static void myep_stay_for_good(void)
{
	pr_err("cannot be unloaded: ftrace has died, and closes still call the module; it stays until the next boot\n");
	for (;;)
		schedule_timeout_idle(MAX_SCHEDULE_TIMEOUT);
}

/**
 * myep_lifetime_exit() - stop to take notice of closes
 *
 * Every instance is gone, or in its last put in path C: until then it held the module. A task can
 * be in our text, asleep or preempted anywhere in it. After the notice is off, one grace period
 * brings all tasks out, but for those asleep in myep_remove_watches(), which are counted. Those
 * that were counted leave an RCU section first and our text then, without sleep in between; so do
 * callbacks that said POLLFREE, pair [b3] of eventpoll.h.
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
