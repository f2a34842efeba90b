// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of an instance: decodes CTL and WAIT, and implements poll() on the instance itself.
 */
#include "instance.h"
#include "busy_poll.h"
#include "change.h"
#include "ctl.h"
#include "deliver.h"
#include "device.h"
#include "fdinfo.h"
#include "item.h"
#include "lifetime.h"
#include "ring.h"
#include "snapshot.h"
#include "trace.h"
#include "wait.h"
#include "wake.h"

#include <linux/anon_inodes.h>
#include <linux/fault-inject-usercopy.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <linux/myepoll.h>

static_assert(MYEPOLL_CREATE_CLOEXEC == O_CLOEXEC);
static_assert(MYEPOLL_CTL_ADD == EPOLL_CTL_ADD);
static_assert(MYEPOLL_CTL_DEL == EPOLL_CTL_DEL);
static_assert(MYEPOLL_CTL_MOD == EPOLL_CTL_MOD);

/*
 * Arguments are read field by field: copy_from_user() would add 64 instructions to a WAIT and 100
 * to an ADD or a MOD. Like copy_from_user(), they honour fault injection.
 * Return: false if they cannot be read.
 */
static __always_inline bool myep_get_ctl(struct myepoll_ctl *ctl,
					 const struct myepoll_ctl __user *arg)
{
	bool done = false;

	if (should_fail_usercopy() || !user_read_access_begin(arg, sizeof(*arg)))
		return false;
	unsafe_get_user(ctl->op, &arg->op, fault);
	unsafe_get_user(ctl->fd, &arg->fd, fault);
	unsafe_get_user(ctl->event, &arg->event, fault);
	done = true;
fault:
	user_read_access_end();
	return done;
}

static __always_inline bool myep_get_event(struct epoll_event *event,
					   const struct epoll_event __user *arg)
{
	bool done = false;

	if (should_fail_usercopy() || !user_read_access_begin(arg, sizeof(*arg)))
		return false;
	unsafe_get_user(event->events, &arg->events, fault);
	unsafe_get_user(event->data, &arg->data, fault);
	done = true;
fault:
	user_read_access_end();
	return done;
}

static bool myep_get_wait(struct myepoll_wait *wait, const struct myepoll_wait __user *arg)
{
	bool done;

	if (should_fail_usercopy() || !user_read_access_begin(arg, sizeof(*arg)))
		return false;
	done = myep_unsafe_get_wait(wait, arg);
	user_read_access_end();
	return done;
}

/* The event is read for every op but DEL, even for unknown ones (behaviours: 11). */
static __always_inline long myep_ioc_ctl_as(struct file *file, void __user *arg, bool traced)
{
	struct epoll_event event = {};
	struct myepoll_ctl ctl;
	int res;

	if (!myep_get_ctl(&ctl, arg))
		return -EFAULT;
	if (ctl.op != MYEPOLL_CTL_DEL && !myep_get_event(&event, u64_to_user_ptr(ctl.event)))
		return -EFAULT;
	res = myep_ctl(file, ctl.op, ctl.fd, &event);
	if (traced)
		trace_myepoll_ctl(file->private_data, ctl.op, ctl.fd, &event, res);
	return res;
}

static noinline long myep_ioc_ctl_traced(struct file *file, void __user *arg)
{
	return myep_ioc_ctl_as(file, arg, true);
}

static noinline long myep_ioc_ctl(struct file *file, void __user *arg)
{
	if (trace_myepoll_ctl_enabled())
		return myep_ioc_ctl_traced(file, arg);
	return myep_ioc_ctl_as(file, arg, false);
}

static noinline long myep_ioc_wait_masked(struct myep_eventpoll *ep,
					  struct epoll_event __user *events, int maxevents,
					  s64 timeout_ns, const sigset_t __user *sigmask, u32 size)
{
	sigset_t mask;
	int err;

	err = myep_get_sigmask(&mask, sigmask, size);
	if (!err)
		err = myep_check_room(events, maxevents);
	return err ? err : myep_wait_masked(ep, events, maxevents, timeout_ns, &mask);
}

/* With MYEPOLL_WAIT_RING. @arg is read again, and may be different by now. */
static noinline long myep_ioc_wait_ring(struct file *file, void __user *arg)
{
	struct myep_eventpoll *ep = file->private_data;
	struct myepoll_wait wait;
	sigset_t mask;
	int err;

	if (copy_from_user(&wait, arg, sizeof(wait)))
		return -EFAULT;
	err = myep_check_wait_flags(&wait);
	if (!err)
		err = myep_prepare_wait(ep, &wait, &mask);
	return err ? err : myep_wait_prepared(ep, &wait, &mask);
}

/* Errors of the timeout come first, then those of the mask, then others (behaviours: 80, 81). */
static noinline long myep_ioc_wait(struct file *file, void __user *arg)
{
	struct epoll_event __user *events;
	struct myepoll_wait wait;
	s64 timeout_ns;
	int err;

	if (!myep_get_wait(&wait, arg))
		return -EFAULT;
	if (unlikely((wait.flags & ~MYEPOLL_WAIT_TIMESPEC) || wait.pad))
		return wait.flags & MYEPOLL_WAIT_RING ? myep_ioc_wait_ring(file, arg) : -EINVAL;
	timeout_ns = wait.timeout_ns;
	if (wait.flags & MYEPOLL_WAIT_TIMESPEC) {
		timeout_ns = myep_get_timespec(u64_to_user_ptr((u64)timeout_ns));
		if (timeout_ns < -1)
			return timeout_ns;
	}

	events = u64_to_user_ptr(wait.events);
	if (unlikely(wait.sigmask))
		return myep_ioc_wait_masked(file->private_data, events, wait.maxevents, timeout_ns,
					    u64_to_user_ptr(wait.sigmask), wait.sigsetsize);
	err = myep_check_room(events, wait.maxevents);
	return err ? err : myep_wait(file->private_data, events, wait.maxevents, timeout_ns);
}

static u64 myep_number_of(const struct file *file)
{
	return ((const struct myep_eventpoll *)file->private_data)->number;
}

/* The calls are noinline, so that none pays for the stack frame of another. */
static long myep_instance_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	/* The most frequent first: the compiler would look for them among the others. */
	if (likely(cmd == MYEPOLL_IOC_WAIT))
		return myep_ioc_wait(file, (void __user *)arg);
	if (likely(cmd == MYEPOLL_IOC_CTL))
		return myep_ioc_ctl(file, (void __user *)arg);
	switch (cmd) {
	case MYEPOLL_IOC_INFO:
		return myep_ioc_info((void __user *)arg, myep_number_of(file));
	case MYEPOLL_IOC_CHANGE:
		return myep_ioc_change(file, (void __user *)arg);
	case MYEPOLL_IOC_SNAPSHOT:
		return myep_ioc_snapshot(file->private_data, (void __user *)arg);
	case MYEPOLL_IOC_RING:
		return myep_ioc_ring(file->private_data, (void __user *)arg);
#ifdef EPIOCSPARAMS
	case EPIOCSPARAMS:
		return myep_ioc_set_params(file->private_data, (void __user *)arg);
	case EPIOCGPARAMS:
		return myep_ioc_get_params(file->private_data, (void __user *)arg);
#endif
	default:
		return -ENOTTY;
	}
}

/**
 * myep_instance_poll() - is an instance readable?
 * @file: the instance
 * @pt: the caller's poll table
 * @depth: number of instances above this one that are being polled
 *
 * Readable while any item is ready, or the ring has an event; consumes nothing (behaviours: 115,
 * 135).
 *
 * Context: process, may sleep.
 * Return: EPOLLIN and EPOLLRDNORM, or 0.
 */
__poll_t myep_instance_poll(struct file *file, poll_table *pt, unsigned int depth)
{
	struct myep_eventpoll *ep = file->private_data;

	/* Register first: the end of a scan wakes sleepers in WAIT, but not poll_wait. */
	poll_wait(file, &ep->poll_wait, pt);
	/* The ring second: the first look is under the lock that orders it with wakeups. */
	if (myep_any_ready(ep, depth) || (myep_ring_with_slots(ep) && myep_ring_untaken(ep)))
		return EPOLLIN | EPOLLRDNORM;
	return 0;
}

static __poll_t myep_instance_polled(struct file *file, poll_table *pt)
{
	return myep_instance_poll(file, pt, 0);
}

/* Nobody sleeps in WAIT, which holds the file, but somebody may in poll() (behaviours: 129). */
static int myep_instance_release(struct inode *inode, struct file *file)
{
	struct myep_eventpoll *ep = file->private_data;

	trace_myepoll_release(ep);
	if (waitqueue_active(&ep->poll_wait))
		myep_wake_pollers(ep, 0, 0);
	/* [b5] pairs with myep_steps_up() and myep_count_paths() */
	WRITE_ONCE(ep->file, NULL);
	myep_release_items(ep);
	if (myep_has_ring(ep))
		myep_ring_close(ep);
	myep_put(ep);
	return 0;
}

const struct file_operations myep_instance_fops = {
	.owner = THIS_MODULE,
	.llseek = noop_llseek,
	.poll = myep_instance_polled,
	.unlocked_ioctl = myep_instance_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = myep_instance_release,
	.show_fdinfo = myep_show_fdinfo,
};

/**
 * myep_create() - create an instance and its descriptor
 * @flags: O_CLOEXEC or 0
 *
 * Installs the descriptor last: another thread can use or close it from then on.
 *
 * Context: process, may sleep.
 * Return: the descriptor, or -EMFILE, -ENFILE, -ENOMEM.
 */
int myep_create(u32 flags)
{
	struct myep_eventpoll *ep;
	struct file *file;
	int err, fd;

	ep = myep_alloc();
	if (!ep)
		return -ENOMEM;

	fd = get_unused_fd_flags(O_RDWR | flags);
	if (fd < 0) {
		err = fd;
		goto err_ep;
	}

	file = anon_inode_getfile("[myepoll]", &myep_instance_fops, ep, O_RDWR | flags);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto err_fd;
	}

	ep->file = file;
	trace_myepoll_create(ep, fd);
	fd_install(fd, file);
	return fd;

err_fd:
	put_unused_fd(fd);
err_ep:
	myep_put(ep);
	return err;
}
