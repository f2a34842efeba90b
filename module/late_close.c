// SPDX-License-Identifier: GPL-2.0-only
/*
 * A target that is closed while a scan or a MOD polls it, or while a CHANGE handles it: the last
 * reference is the scan's, and the file is closed when the scan drops it.
 *
 * fput() would leave that to the task's return to user mode. A waiter may sleep for ever before
 * that, and the peer would wait for its FIN as long. Nor can it go to the one worker that closes
 * files for the whole system: the close of a watched file takes ep->mtx of each instance that
 * watches it (path C), and a FUSE server can hold that mutex up by not answering a poll; all
 * closes would wait behind this one. So each late close gets a work item, and with it a thread. The
 * number is limited for each user, and for all users, since a user can have many ids. Beyond the
 * limit the task returns to user mode at once: WAIT fails with -EINTR, which may happen at any time
 * (behaviours: 87), and poll(2) is restarted.
 *
 * Until the work item runs the file is still open, but no later WAIT may report it (behaviours:
 * 121, 122). So its items are disabled first, like a ONESHOT item that has fired. A MOD cannot
 * enable them again: it would hold a reference, and then ours would not be the last.
 */
#include "late_close.h"
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

/* Most items that are disabled in one RCU section. */
#define MYEP_MAX_DISABLED 1024

static struct workqueue_struct *myep_late_closer __ro_after_init;

static void myep_close_late(struct work_struct *work)
{
	struct myep_late_close *late = container_of(work, struct myep_late_close, work);

	__fput_sync(late->file);
	myep_uncharge_late_close(late->user);
	kfree(late);
	/* Unloading destroys the workqueue, which waits until this function has returned. */
	module_put(THIS_MODULE);
}

/* Return: false if the file has too many items. */
static bool myep_disable_watches(struct file *file)
{
	unsigned int left = MYEP_MAX_DISABLED;
	struct myep_epitem *epi;

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
	/* The instance holds the module now, but may be closed before the target is. */
	__module_get(THIS_MODULE);
	queue_work(myep_late_closer, &late->work);
	return true;
}

/**
 * myep_put_file_deferred() - drop a reference that is probably the last, and close the file later
 * @ep: the instance that polled the file
 * @file: the target
 *
 * Context: process, may sleep.
 */
void myep_put_file_deferred(struct myep_eventpoll *ep, struct file *file)
{
	might_sleep();
	if (myep_disable_watches(file) && myep_queue_late_close(ep->user, file))
		return;
	/* From here on no reference can be had, so nobody reports the file. */
	fput(file);
	/* A kernel thread does not return to user mode: its fput() uses the system's worker. */
	if (!(current->flags & PF_KTHREAD))
		set_thread_flag(TIF_NOTIFY_SIGNAL);
}

int __init myep_late_close_init(void)
{
	/* Far above the limit, so that none is queued behind one that is stuck. */
	myep_late_closer = alloc_workqueue("myepoll_close", WQ_UNBOUND, WQ_MAX_ACTIVE);
	return myep_late_closer ? 0 : -ENOMEM;
}

/* Waits for late closes, but not long: only for those that have released the module. */
void myep_late_close_exit(void)
{
	destroy_workqueue(myep_late_closer);
}
