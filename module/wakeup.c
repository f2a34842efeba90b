// SPDX-License-Identifier: GPL-2.0-only
/*
 * WAKEUP: an event that nobody has fetched yet keeps the system from going to sleep.
 *
 * Each such item has a wakeup source, named after its target. It is active from when the item
 * is queued until the scan of a wait asks the item; if it stays queued, it is active on until that
 * of the next wait. An instance with such items has one more, "myepoll", which is active where an
 * item's own cannot be: while a scan holds the item, and for what arrives during the scan.
 * ready.h and wakeup.h switch them; here they come and go; behaviours: 35, 70, 71.
 */
#include "wakeup.h"

#include <linux/capability.h>
#include <linux/dcache.h>
#include <linux/device.h>
#include <linux/fs.h>

/**
 * myep_filter_wakeup() - silently drop WAKEUP where the caller may not block suspend
 * @event: what the caller asks for, with WAKEUP
 *
 * Context: process.
 */
void myep_filter_wakeup(struct epoll_event *event)
{
	if (!IS_ENABLED(CONFIG_PM_SLEEP) || !capable(CAP_BLOCK_SUSPEND))
		event->events &= ~EPOLLWAKEUP;
}

static struct wakeup_source *myep_new_source(const struct file *target)
{
	struct name_snapshot name;
	struct wakeup_source *ws;

	/* A rename may free the name itself. */
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
int myep_add_wakeup(struct epitem *epi)
{
	struct eventpoll *ep = epi->ep;
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
 * myep_remove_wakeup() - take an item's wakeup source away, if it has one
 * @epi: the item
 *
 * Context: process, epi->ep->mtx held, may sleep.
 */
void myep_remove_wakeup(struct epitem *epi)
{
	struct wakeup_source *ws = epi->ws;

	lockdep_assert_held(&epi->ep->mtx);
	if (!ws)
		return;
	/* A callback uses it only under the lock. */
	spin_lock_irq(&epi->ep->lock);
	epi->ws = NULL;
	spin_unlock_irq(&epi->ep->lock);
	wakeup_source_unregister(ws);
}

/**
 * myep_change_wakeup() - follow the interest of a MOD
 * @epi: the item
 *
 * Context: process, epi->ep->mtx and a reference on the target held, may sleep.
 */
void myep_change_wakeup(struct epitem *epi)
{
	lockdep_assert_held(&epi->ep->mtx);
	if (!(epi->event.events & EPOLLWAKEUP))
		myep_remove_wakeup(epi);
	else if (!epi->ws)
		myep_add_wakeup(epi);
}
