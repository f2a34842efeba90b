// SPDX-License-Identifier: GPL-2.0-only
/*
 * EPOLLWAKEUP: an event that nobody has fetched keeps the system from suspending (behaviours: 35,
 * 70, 71).
 *
 * Each such item has a wakeup source, named after its target. It is active from when the item is
 * queued until a WAIT polls the item, and stays active if the item stays queued. An instance with
 * such items has one more source, "myepoll", active where an item's own cannot be: while a scan
 * polls the item, and for arrivals during the scan. They are created and destroyed here; ready.h
 * and wakeup_source.h activate and deactivate them.
 */
#include "wakeup_source.h"

#include <linux/capability.h>
#include <linux/dcache.h>
#include <linux/device.h>
#include <linux/fs.h>

/* Silently drop EPOLLWAKEUP where the caller may not block suspend. */
void myep_filter_wakeup(struct epoll_event *event)
{
	if (!IS_ENABLED(CONFIG_PM_SLEEP) || !capable(CAP_BLOCK_SUSPEND))
		event->events &= ~EPOLLWAKEUP;
}

static struct wakeup_source *myep_new_source(const struct file *target)
{
	struct name_snapshot name;
	struct wakeup_source *ws;

	/* A rename can free the name. */
	take_dentry_name_snapshot(&name, target->f_path.dentry);
	ws = wakeup_source_register(NULL, name.name.name);
	release_dentry_name_snapshot(&name);
	return ws;
}

/**
 * myep_add_wakeup() - give an item its wakeup source
 * @epi: the item, which has none
 *
 * Context: process, epi->ep->mtx and a reference on the target held, may sleep.
 * Return: 0 or -ENOMEM.
 */
int myep_add_wakeup(struct myep_epitem *epi)
{
	struct myep_eventpoll *ep = epi->ep;
	struct wakeup_source *ws;

	lockdep_assert_held(&ep->mtx);
	if (!ep->ws) {
		ws = wakeup_source_register(NULL, "myepoll");
		if (!ws)
			return -ENOMEM;
		spin_lock_irq(&ep->lock);
		ep->ws = ws;
		spin_unlock_irq(&ep->lock);
	}
	ws = myep_new_source(epi->ffd.file);
	if (!ws)
		return -ENOMEM;
	spin_lock_irq(&ep->lock);
	epi->ws = ws;
	spin_unlock_irq(&ep->lock);
	return 0;
}

/**
 * myep_remove_wakeup() - destroy an item's wakeup source, if it has one
 * @epi: the item
 *
 * Context: process, epi->ep->mtx held, ep->lock not held, may sleep.
 */
void myep_remove_wakeup(struct myep_epitem *epi)
{
	struct wakeup_source *ws = epi->ws;

	lockdep_assert_held(&epi->ep->mtx);
	if (!ws)
		return;
	/* Callbacks use it only under the lock. */
	spin_lock_irq(&epi->ep->lock);
	epi->ws = NULL;
	spin_unlock_irq(&epi->ep->lock);
	wakeup_source_unregister(ws);
}

/**
 * myep_change_wakeup() - create or destroy the wakeup source as a MOD asks
 * @epi: the item, with its new interest
 *
 * Context: process, epi->ep->mtx and a reference on the target held, may sleep.
 */
void myep_change_wakeup(struct myep_epitem *epi)
{
	lockdep_assert_held(&epi->ep->mtx);
	if (!(epi->event.events & EPOLLWAKEUP))
		myep_remove_wakeup(epi);
	else if (!epi->ws)
		myep_add_wakeup(epi);
}
