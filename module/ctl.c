// SPDX-License-Identifier: GPL-2.0-only
/*
 * ADD, MOD and DEL, and CHANGE's SET and DROP: which arguments are refused, in which order, and
 * what each does.
 */
#include "ctl.h"
#include "busy_poll.h"
#include "callback.h"
#include "eventpoll.h"
#include "item.h"
#include "late_close.h"
#include "lifetime.h"
#include "limits.h"
#include "ready.h"
#include "ring.h"
#include "target.h"
#include "wake.h"
#include "wakeup_source.h"
#include "watched.h"

#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/myepoll.h>
#include <linux/string.h>

/* The bits that may be combined with EPOLLEXCLUSIVE. */
#define MYEP_EXCLUSIVE_BITS \
	(EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE)

/* Before the item has a hook. Return: 0, or -EINVAL, -ENOMEM. */
static noinline int myep_insert_rare(struct myep_eventpoll *ep, struct myep_epitem *epi, u32 flags)
{
	const __poll_t interest = epi->event.events;

	lockdep_assert_held(&ep->mtx);
	if (ep->has_ring) {
		if (interest & (EPOLLEXCLUSIVE | EPOLLWAKEUP))
			return -EINVAL;
		myep_ring_join_locked(epi, flags);
		return 0;
	}
	if (flags & MYEPOLL_ENTRY_RING)
		return -EINVAL;
	return interest & EPOLLWAKEUP ? myep_add_wakeup(epi) : 0;
}

/**
 * myep_insert() - start to watch a target
 * @ep: the instance
 * @file: the target, which has ->poll()
 * @fd: the descriptor it is added under; (@file, @fd) is not in the interest list
 * @event: interest and data
 * @nesting: what myep_nesting_lock() filled in, or zeroed
 * @flags: MYEPOLL_ENTRY_RING or 0
 *
 * The target is polled last, because no wait queue may hold an item whose ADD can still fail
 * (behaviours: 25).
 *
 * Context: process, ep->mtx and a reference on @file held, may sleep.
 * Return: 0, or -ENOMEM, -EINVAL with nothing changed.
 */
int myep_insert(struct myep_eventpoll *ep, struct file *file, int fd,
		const struct epoll_event *event, struct myep_nesting *nesting, u32 flags)
{
	struct myep_epitem *epi;
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
	ep->edits++;
	trace_myepoll_link(ep, epi);
	if (nesting->locked && !myep_paths_ok(file, nesting)) {
		err = -EINVAL;
		goto err_link;
	}
	if (unlikely((event->events & (EPOLLEXCLUSIVE | EPOLLWAKEUP)) || flags)) {
		err = myep_insert_rare(ep, epi, flags);
		if (err)
			goto err_link;
	}

	ready = myep_attach(epi, &err);
	if (err)
		goto err_link;
	if (myep_busy_polls(ep))
		myep_note_napi(ep, epi);

	if (ready)
		myep_queue_and_wake(ep, epi, ready);
	return 0;

err_link:
	myep_remove_held(ep, epi);
	return err;
err_item:
	myep_item_free(epi);
	myep_put(ep);
	return err;
}

static __always_inline void myep_store_event(struct myep_epitem *epi,
					     const struct epoll_event *event)
{
	lockdep_assert_held(&epi->ep->mtx);
	epi->event.data = event->data;
	WRITE_ONCE(epi->event.events, event->events | EPOLLERR | EPOLLHUP);
}

/* On a ring the old data must not appear once the new ones do. */
static void myep_store_event_on_ring(struct myep_eventpoll *ep, struct myep_epitem *epi,
				     const struct epoll_event *event, u32 flags)
{
	spin_lock_irq(&ep->lock);
	myep_take_back_locked(ep, epi);
	myep_store_event(epi, event);
	myep_ring_join_locked(epi, flags);
	trace_myepoll_modify(ep, epi);
	spin_unlock_irq(&ep->lock);
}

/* The new interest is stored: poll. What is ready counts as a new edge (behaviours: 31 to 34). */
static __always_inline void myep_poll_modified(struct myep_eventpoll *ep, struct myep_epitem *epi,
					       struct file *file, __poll_t interest)
{
	poll_table pt = { ._key = interest };
	__poll_t ready;

	/* The caller's reference is enough: myep_item_poll() would get another. */
	ready = myep_target_poll(file, &pt, 0) & interest;
	if (ready)
		myep_queue_and_wake(ep, epi, ready);
}

/* For items and events that ask for more than most. */
static noinline int myep_modify_rare(struct myep_eventpoll *ep, struct myep_epitem *epi,
				     struct file *file, const struct epoll_event *event, u32 flags)
{
	if ((epi->event.events & EPOLLEXCLUSIVE) ||
	    (ep->has_ring ? event->events & EPOLLWAKEUP : flags & MYEPOLL_ENTRY_RING))
		return -EINVAL;
	ep->edits++;
	if (ep->has_ring) {
		myep_store_event_on_ring(ep, epi, event, flags);
	} else {
		myep_store_event(epi, event);
		trace_myepoll_modify(ep, epi);
	}
	/* [b2] pairs with myep_notify(): the mask is visible before the target is polled */
	smp_mb();
	if (!ep->has_ring)
		myep_change_wakeup(epi);
	myep_poll_modified(ep, epi, file, event->events | EPOLLERR | EPOLLHUP);
	return 0;
}

static __always_inline int myep_modify(struct myep_eventpoll *ep, struct myep_epitem *epi,
				       struct file *file, const struct epoll_event *event,
				       u32 flags)
{
	/*
	 * One test for all, not four. With a ring, a callback may be writing which slot the item
	 * has, but not whether it may have one.
	 */
	if (unlikely(data_race((unsigned long)epi->ws) | flags |
		     (__force u32)((epi->event.events & EPOLLEXCLUSIVE) |
				   (event->events & EPOLLWAKEUP))))
		return myep_modify_rare(ep, epi, file, event, flags);
	ep->edits++;
	myep_store_event(epi, event);
	/* [b2] pairs with myep_notify(): the mask is visible before the target is polled */
	smp_mb();
	trace_myepoll_modify(ep, epi);
	myep_poll_modified(ep, epi, file, event->events | EPOLLERR | EPOLLHUP);
	return 0;
}

/* is_file_epoll() is not exported, but no other file of the kernel has this name. */
static bool myep_is_kernel_epoll(const struct file *file)
{
	static const char name[] = "[eventpoll]";
	const struct dentry *dentry = file->f_path.dentry;

	return dentry->d_sb->s_magic == ANON_INODE_FS_MAGIC && dentry->d_name.len == strlen(name) &&
	       !strcmp(dentry->d_name.name, name);
}

/* Where EPOLLEXCLUSIVE is allowed (behaviours: 18 to 20). */
static bool myep_exclusive_ok(const struct file *file, int op, __poll_t events)
{
	if (!(events & EPOLLEXCLUSIVE))
		return true;
	if (op == EPOLL_CTL_ADD)
		return !(events & ~MYEP_EXCLUSIVE_BITS) && !myep_is_instance(file) &&
		       !myep_is_kernel_epoll(file);
	return op != EPOLL_CTL_MOD;
}

/* The checks that do not need the interest list (behaviours: 10 to 20). */
static __always_inline int myep_check_target(struct file *epfile, struct file *file, int op,
					     const struct epoll_event *event)
{
	if (!file_can_poll(file))
		return -EPERM;
	if (file == epfile)
		return -EINVAL;
	if (op == EPOLL_CTL_DEL)
		return 0;
	if (!myep_exclusive_ok(file, op, event->events))
		return -EINVAL;
	/* It could close a cycle that neither our checks nor the kernel's can see. */
	if (op == EPOLL_CTL_ADD && myep_is_kernel_epoll(file))
		return -ELOOP;
	return 0;
}

/* @epi is what the interest list has for (@file, @fd), or NULL. */
static __always_inline int myep_ctl_apply(struct myep_eventpoll *ep, int op,
					  struct myep_epitem *epi, struct file *file, int fd,
					  const struct epoll_event *event,
					  struct myep_nesting *nesting, u32 flags)
{
	switch (op) {
	case EPOLL_CTL_ADD:
		if (epi)
			return -EEXIST;
		if (myep_at_limit(ep->user))
			return -ENOSPC;
		return myep_insert(ep, file, fd, event, nesting, flags);
	case EPOLL_CTL_MOD:
		return epi ? myep_modify(ep, epi, file, event, flags) : -ENOENT;
	case EPOLL_CTL_DEL:
		if (!epi)
			return -ENOENT;
		myep_remove_held(ep, epi);
		return 0;
	default:
		return -EINVAL;
	}
}

/*
 * Only an ADD can change which instance is in which, and a flat one takes no global lock.
 * Return: 0 with ep->mtx held, or -ELOOP.
 */
static int myep_ctl_lock(struct myep_eventpoll *ep, int op, const struct file *target,
			 struct myep_nesting *nesting)
{
	nesting->locked = false;
	if (op != EPOLL_CTL_ADD || !myep_is_instance(target)) {
		mutex_lock(&ep->mtx);
		if (op != EPOLL_CTL_ADD || !ep->nested)
			return 0;
		mutex_unlock(&ep->mtx);
	}
	return myep_nesting_lock(ep, target, nesting);
}

static void myep_ctl_unlock(struct myep_eventpoll *ep, struct myep_nesting *nesting)
{
	mutex_unlock(&ep->mtx);
	if (nesting->locked)
		myep_nesting_unlock(nesting);
}

/**
 * myep_ctl() - the CTL call, arguments copied in
 * @epfile: an instance
 * @op: EPOLL_CTL_ADD, EPOLL_CTL_MOD or EPOLL_CTL_DEL
 * @fd: the target
 * @event: interest and data, ignored by DEL; EPOLLWAKEUP is cleared if not allowed
 *
 * Context: process, may sleep.
 * Return: 0, or the first of -EBADF, -EPERM, -EINVAL, -ELOOP, -EEXIST or -ENOENT, -ENOSPC,
 * -ENOMEM, and -EINVAL for too many wakeup paths (behaviours: 10).
 */
int myep_ctl(struct file *epfile, int op, int fd, struct epoll_event *event)
{
	struct myep_eventpoll *ep = epfile->private_data;
	struct fd target = fdget(fd);
	struct myep_nesting nesting;
	int err;

	if (!fd_file(target))
		return -EBADF;

	if (unlikely(event->events & EPOLLWAKEUP))
		myep_filter_wakeup(event);
	err = myep_check_target(epfile, fd_file(target), op, event);
	if (err)
		goto out;

	err = myep_ctl_lock(ep, op, fd_file(target), &nesting);
	if (err)
		goto out;
	err = myep_ctl_apply(ep, op, myep_find(ep, fd_file(target), fd), fd_file(target), fd, event,
			     &nesting, 0);
	myep_ctl_unlock(ep, &nesting);
out:
	fdput(target);
	return err;
}

/* What an op of CHANGE means for a target that is watched as @epi, or not. */
static int myep_ctl_op(int op, const struct myep_epitem *epi)
{
	switch (op) {
	case MYEPOLL_CHANGE_SET:
		return epi ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
	case MYEPOLL_CHANGE_DROP:
		return EPOLL_CTL_DEL;
	default:
		return op;
	}
}

/* For an ADD that is not flat. Lets ep->mtx go in between. Return: 0, or -ELOOP. */
static noinline int myep_nest_held(struct myep_eventpoll *ep, const struct file *target,
				   struct myep_nesting *nesting)
{
	int err;

	lockdep_assert_held(&ep->mtx);
	mutex_unlock(&ep->mtx);
	err = myep_nesting_lock(ep, target, nesting);
	if (err)
		mutex_lock(&ep->mtx);
	return err;
}

/**
 * myep_ctl_held() - one entry of a CHANGE
 * @epfile: an instance
 * @op: as for myep_ctl(), MYEPOLL_CHANGE_SET or MYEPOLL_CHANGE_DROP
 * @fd: the target
 * @event: as for myep_ctl()
 * @flags: MYEPOLL_ENTRY_RING or 0
 *
 * The caller does not return to user mode soon, so a target that was closed meanwhile is closed as
 * by a scan: see late_close.c.
 *
 * Context: process, ep->mtx held, and let go for an ADD that is not flat; may sleep.
 * Return: as myep_ctl().
 */
int myep_ctl_held(struct file *epfile, int op, int fd, struct epoll_event *event, u32 flags)
{
	struct myep_eventpoll *ep = epfile->private_data;
	struct myep_nesting nesting = { .locked = false };
	struct fd target = fdget(fd);
	struct file *file = fd_file(target);
	struct myep_epitem *epi;
	int simple, err;

	lockdep_assert_held(&ep->mtx);
	if (!file)
		return -EBADF;

	if (unlikely(event->events & EPOLLWAKEUP))
		myep_filter_wakeup(event);
	epi = myep_find(ep, file, fd);
	simple = myep_ctl_op(op, epi);
	err = myep_check_target(epfile, file, simple, event);
	if (err)
		goto out;
	if (simple == EPOLL_CTL_ADD && unlikely(ep->nested || myep_is_instance(file))) {
		err = myep_nest_held(ep, file, &nesting);
		/* Somebody may have added the target of a SET meanwhile. */
		epi = myep_find(ep, file, fd);
		simple = myep_ctl_op(op, epi);
		if (simple == EPOLL_CTL_MOD)
			err = myep_exclusive_ok(file, simple, event->events) ? 0 : -EINVAL;
	}
	if (!err && !(op == MYEPOLL_CHANGE_DROP && !epi))
		err = myep_ctl_apply(ep, simple, epi, file, fd, event, &nesting, flags);
	if (nesting.locked)
		myep_nesting_unlock(&nesting);
out:
	if ((myep_fd_flags(target) & FDPUT_FPUT) && !myep_put_file_unless_last(file))
		myep_put_file_deferred(ep, file);
	return err;
}
