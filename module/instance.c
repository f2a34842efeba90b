// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of an instance: what can be done with its descriptor. Decodes CTL and WAIT, and
 * answers poll() on the instance itself.
 */
#include "eventpoll.h"

#include <linux/anon_inodes.h>
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

/* The event is read for every op but DEL, unknown ones included; behaviours: 11. */
static long myep_ioc_ctl(struct file *file, void __user *arg)
{
	struct epoll_event event = {};
	struct myepoll_ctl ctl;

	if (copy_from_user(&ctl, arg, sizeof(ctl)))
		return -EFAULT;
	if (ctl.op != MYEPOLL_CTL_DEL &&
	    copy_from_user(&event, u64_to_user_ptr(ctl.event), sizeof(event)))
		return -EFAULT;
	return myep_ctl(file, ctl.op, ctl.fd, &event);
}

/* Errors of the mask come before all others of a wait; behaviours: 81. */
static long myep_ioc_wait(struct file *file, void __user *arg)
{
	struct epoll_event __user *events;
	struct myepoll_wait wait;
	int res;

	if (copy_from_user(&wait, arg, sizeof(wait)))
		return -EFAULT;
	if (wait.flags || wait.pad)
		return -EINVAL;
	if (!wait.sigmask) {
		events = u64_to_user_ptr(wait.events);
		return myep_wait(file->private_data, events, wait.maxevents, wait.timeout_ns);
	}

	res = myep_set_sigmask(u64_to_user_ptr(wait.sigmask), wait.sigsetsize);
	if (res)
		return res;
	events = u64_to_user_ptr(wait.events);
	res = myep_wait(file->private_data, events, wait.maxevents, wait.timeout_ns);
	myep_restore_sigmask(res == -EINTR);
	return res;
}

static long myep_instance_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case MYEPOLL_IOC_CTL:
		return myep_ioc_ctl(file, (void __user *)arg);
	case MYEPOLL_IOC_WAIT:
		return myep_ioc_wait(file, (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

/* Readable while some item is ready now; consumes nothing; behaviours: 115, 135. */
static __poll_t myep_instance_poll(struct file *file, poll_table *pt)
{
	struct eventpoll *ep = file->private_data;

	poll_wait(file, &ep->poll_wait, pt);
	return myep_any_ready(ep) ? EPOLLIN | EPOLLRDNORM : 0;
}

/* Nobody sleeps in WAIT any more, each such caller holds the file. Pollers may; behaviours: 129. */
static int myep_instance_release(struct inode *inode, struct file *file)
{
	struct eventpoll *ep = file->private_data;

	if (waitqueue_active(&ep->poll_wait))
		myep_wake_pollers(ep, 0);
	myep_release_items(ep);
	myep_put(ep);
	return 0;
}

static const struct file_operations myep_instance_fops = {
	.owner = THIS_MODULE,
	.llseek = noop_llseek,
	.poll = myep_instance_poll,
	.unlocked_ioctl = myep_instance_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = myep_instance_release,
	.show_fdinfo = myep_show_fdinfo,
};

/**
 * myep_is_instance() - is this the file of an instance?
 * @file: any open file
 *
 * Context: any.
 */
bool myep_is_instance(const struct file *file)
{
	return file->f_op == &myep_instance_fops;
}

/**
 * myep_create() - make an instance and its descriptor
 * @flags: O_CLOEXEC or 0
 *
 * The descriptor is installed last: from then on another thread can use or close it.
 *
 * Context: process, may sleep.
 * Return: the descriptor, or -EMFILE, -ENFILE, -ENOMEM.
 */
int myep_create(u32 flags)
{
	struct eventpoll *ep;
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

	fd_install(fd, file);
	return fd;

err_fd:
	put_unused_fd(fd);
err_ep:
	myep_put(ep);
	return err;
}
