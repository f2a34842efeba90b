// SPDX-License-Identifier: GPL-2.0-only
/*
 * A target is closed while a scan or a MOD polls it: then the last reference is ours, and the
 * file is closed when we put it.
 *
 * fput() would leave that to the task, on its way back to user mode. A waiter may sleep for ever
 * before that, and a peer would wait for its FIN as long. Nor may it go to the one worker that
 * closes files for the whole system: the close of a watched file takes ep->mtx of each instance
 * that watches it (path C), and whoever supplies a FUSE file keeps that for as long as its poll
 * goes unanswered; the closes of everybody would wait behind this one. So each has a work item
 * and with it a thread of its own. There is a bound for each user, and one for all, since a user
 * can have many ids. Beyond it, the task goes back to user mode at once: WAIT returns -EINTR,
 * which it may at any time (behaviours: 87), and poll(2) is restarted.
 *
 * Until the work item runs the file is still open, and a later wait must not be told of it
 * (behaviours: 121, 122). So all who watch it are made deaf first, as if they were ONESHOT and had
 * fired. A MOD cannot arm them again: it would hold a reference, and ours were not the last.
 */
#include "limits.h"
#include "watched.h"

#include <linux/file.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/thread_info.h>
#include <linux/workqueue.h>

struct myep_late_close {
	struct work_struct work; /* (o) */
	struct file *file;	 /* (o) the last reference */
	struct myep_user *user;	 /* (o) charged */
};

/* Most items that one RCU section makes deaf. */
#define MYEP_DEAF_ITEMS 1024

static struct workqueue_struct *myep_late_closer __ro_after_init;

static void myep_close_late(struct work_struct *work)
{
	struct myep_late_close *late = container_of(work, struct myep_late_close, work);

	__fput_sync(late->file);
	myep_uncharge_late_close(late->user);
	kfree(late);
	/* Unloading waits until this function has returned. */
	module_put(THIS_MODULE);
}

/* Return: false if very many watch the file. */
static bool myep_deafen_watches(struct file *file)
{
	unsigned int left = MYEP_DEAF_ITEMS;
	struct epitem *epi;

	rcu_read_lock();
	epi = myep_first_watch(file);
	for (; epi && left; left--) {
		WRITE_ONCE(epi->event.events, READ_ONCE(epi->event.events) & MYEP_PRIVATE_BITS);
		epi = myep_next_watch(epi);
	}
	rcu_read_unlock();
	return !epi;
}

static bool myep_queue_late_close(struct myep_user *user, struct file *file)
{
	struct myep_late_close *late;

	if (!myep_charge_late_close(user))
		return false;
	late = kmalloc(sizeof(*late), GFP_KERNEL);
	if (!late) {
		myep_uncharge_late_close(user);
		return false;
	}
	INIT_WORK(&late->work, myep_close_late);
	late->file = file;
	late->user = user;
	/* The instance may be closed before the target is; it is open now. */
	__module_get(THIS_MODULE);
	queue_work(myep_late_closer, &late->work);
	return true;
}

/**
 * myep_put_last() - drop a reference on a target that may be the last
 * @ep: the instance that polled it
 * @file: the target
 *
 * Context: process, may sleep.
 */
void myep_put_last(struct eventpoll *ep, struct file *file)
{
	might_sleep();
	if (myep_deafen_watches(file) && myep_queue_late_close(ep->user, file))
		return;
	/* From now on no reference can be had, so that nobody is told of the file either. */
	fput(file);
	/* A kernel thread does not return to anywhere: its fput() uses the system's worker. */
	if (!(current->flags & PF_KTHREAD))
		set_thread_flag(TIF_NOTIFY_SIGNAL);
}

/**
 * myep_late_close_init() - be ready for late closes
 *
 * Context: process, while loading.
 * Return: 0 or -ENOMEM.
 */
int __init myep_late_close_init(void)
{
	/* Far above the bound, so that none is queued behind one that is stuck. */
	myep_late_closer = alloc_workqueue("myepoll_close", WQ_UNBOUND, WQ_MAX_ACTIVE);
	return myep_late_closer ? 0 : -ENOMEM;
}

/**
 * myep_late_close_exit() - the last late close has been done
 *
 * Context: process, may sleep, not for long: each late close holds the module.
 */
void myep_late_close_exit(void)
{
	destroy_workqueue(myep_late_closer);
}
