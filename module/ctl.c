// SPDX-License-Identifier: GPL-2.0-only
/*
 * ADD, MOD and DEL: which arguments are refused, in which order, and what the rest does.
 */
#include "eventpoll.h"
#include "ready.h"

#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/string.h>
#include "compat/file.h"

/* A target was found ready by a CTL: queue it and wake; behaviours: 30. */
static void myep_announce(struct eventpoll *ep, struct epitem *epi)
{
	bool wake_pollers = false;

	spin_lock_irq(&ep->lock);
	if (myep_set_ready_locked(ep, epi)) {
		if (waitqueue_active(&ep->wq))
			wake_up(&ep->wq);
		wake_pollers = waitqueue_active(&ep->poll_wait);
	}
	spin_unlock_irq(&ep->lock);

	if (wake_pollers)
		myep_wake_pollers(ep, 0);
}

/**
 * myep_insert() - start to watch a target
 * @ep: the instance
 * @file: the target, which has ->poll()
 * @fd: the number it is added under; (@file, @fd) is not in the interest list
 * @event: interest and data
 *
 * Context: process, ep->mtx and a reference on @file held, may sleep.
 * Return: 0, or -ENOMEM with nothing left behind.
 */
int myep_insert(struct eventpoll *ep, struct file *file, int fd, const struct epoll_event *event)
{
	struct epitem *epi;
	__poll_t ready;
	int err;

	lockdep_assert_held(&ep->mtx);
	epi = myep_item_alloc(ep, file, fd, event);
	if (!epi)
		return -ENOMEM;

	err = myep_watch(epi);
	if (err)
		goto err_item;

	myep_link(ep, epi);
	ready = myep_attach(epi, &err);
	if (err)
		goto err_link;

	if (ready)
		myep_announce(ep, epi);
	return 0;

err_link:
	myep_remove(ep, epi);
	return err;
err_item:
	myep_item_free(epi);
	myep_put(ep);
	return err;
}

/* Store the new interest and look again, as an edge would; behaviours: 31 to 34. */
static int myep_modify(struct eventpoll *ep, struct epitem *epi, const struct epoll_event *event)
{
	lockdep_assert_held(&ep->mtx);
	epi->event.data = event->data;
	WRITE_ONCE(epi->event.events, event->events | EPOLLERR | EPOLLHUP);
	/* [b2] pairs with myep_notify(): the mask is out before the target is asked */
	smp_mb();
	if (myep_item_poll(epi))
		myep_announce(ep, epi);
	return 0;
}

/* The kernel has no name for "is an epoll", but nothing else of its own is called like that. */
static bool myep_is_kernel_epoll(const struct file *file)
{
	const struct dentry *dentry = file->f_path.dentry;

	return dentry->d_sb->s_magic == ANON_INODE_FS_MAGIC &&
	       !strcmp(dentry->d_name.name, "[eventpoll]");
}

/* The checks that need no look into the interest list; behaviours: 10 to 20. */
static int myep_check_target(struct file *epfile, struct file *file, int op,
			     const struct epoll_event *event)
{
	if (!file_can_poll(file))
		return -EPERM;
	if (file == epfile)
		return -EINVAL;
	if (op == EPOLL_CTL_DEL)
		return 0;
	if (event->events & (EPOLLEXCLUSIVE | EPOLLWAKEUP))
		return -EINVAL;
	if (op != EPOLL_CTL_ADD)
		return 0;
	if (myep_is_instance(file))
		return -EINVAL;
	/* It could close a circle that no check of ours or the kernel's can see. */
	if (myep_is_kernel_epoll(file))
		return -ELOOP;
	return 0;
}

static int myep_ctl_apply(struct eventpoll *ep, int op, struct file *file, int fd,
			       const struct epoll_event *event)
{
	struct epitem *epi = myep_find(ep, file, fd);

	switch (op) {
	case EPOLL_CTL_ADD:
		return epi ? -EEXIST : myep_insert(ep, file, fd, event);
	case EPOLL_CTL_MOD:
		return epi ? myep_modify(ep, epi, event) : -ENOENT;
	case EPOLL_CTL_DEL:
		if (!epi)
			return -ENOENT;
		myep_remove(ep, epi);
		return 0;
	default:
		return -EINVAL;
	}
}

/**
 * myep_ctl() - the CTL call, arguments copied in
 * @epfile: an instance
 * @op: EPOLL_CTL_ADD, EPOLL_CTL_MOD or EPOLL_CTL_DEL
 * @fd: the target
 * @event: interest and data; not looked at by DEL
 *
 * Context: process, may sleep.
 * Return: 0, or the first of -EBADF, -EPERM, -EINVAL, -ELOOP, -EEXIST or -ENOENT, -ENOMEM.
 */
int myep_ctl(struct file *epfile, int op, int fd, const struct epoll_event *event)
{
	struct eventpoll *ep = epfile->private_data;
	struct fd target = fdget(fd);
	int err;

	if (!fd_file(target))
		return -EBADF;

	err = myep_check_target(epfile, fd_file(target), op, event);
	if (err)
		goto out;

	mutex_lock(&ep->mtx);
	err = myep_ctl_apply(ep, op, fd_file(target), fd, event);
	mutex_unlock(&ep->mtx);
out:
	fdput(target);
	return err;
}
