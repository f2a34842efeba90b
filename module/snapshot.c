// SPDX-License-Identifier: GPL-2.0-only
/*
 * SNAPSHOT: what an instance is like at one moment, page by page.
 *
 * A page is read under ep->mtx, so no scan runs, and what callbacks change under ep->lock as well:
 * a page costs others no more than a scan of MYEPOLL_SNAPSHOT_MAX items.
 *
 * Between two pages nothing is held. The cursor is the key of the last item, so it is good even
 * when that item has gone; it is compared, never followed. The key has a kernel address, so it
 * leaves the kernel encrypted: a Feistel network of four rounds with SipHash as round function.
 */
#include "snapshot.h"
#include "item.h"
#include "ring.h"
#include "trace.h"
#include "wait.h"

#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/myepoll.h>
#include <linux/pid.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#define MYEP_CURSOR_ROUNDS 4

/* Recognizes a cursor that was not made here. */
#define MYEP_CURSOR_MARK 0x63757273U

/* What a page is put together in, outside of all locks. */
struct myep_page {
	struct myepoll_item items[MYEPOLL_SNAPSHOT_MAX];       /* (o) */
	struct myepoll_sleeper sleepers[MYEPOLL_SNAPSHOT_MAX]; /* (o) */
	struct myep_epitem *read[MYEPOLL_SNAPSHOT_MAX];	       /* (o) followed under (m) */
	struct myep_epitem *ready[MYEPOLL_SNAPSHOT_MAX];       /* (o) the ready list, likewise */
};

static siphash_key_t myep_cursor_key __read_mostly;

static u64 myep_cursor_round(u64 half, unsigned int round, const struct myep_eventpoll *ep)
{
	return siphash_3u64(half, round, ep->number, &myep_cursor_key);
}

static void myep_encrypt_cursor(const struct myep_eventpoll *ep,
				const struct myep_epoll_filefd *key, __u64 cursor[2])
{
	u64 left = (unsigned long)key->file;
	u64 right = (u64)MYEP_CURSOR_MARK << 32 | (u32)key->fd;
	unsigned int round;

	for (round = 0; round < MYEP_CURSOR_ROUNDS; round++) {
		const u64 next = left ^ myep_cursor_round(right, round, ep);

		left = right;
		right = next;
	}
	cursor[0] = left;
	cursor[1] = right;
}

/* Return: whether the cursor was made for this instance. */
static bool myep_decrypt_cursor(const struct myep_eventpoll *ep, const __u64 cursor[2],
				struct myep_epoll_filefd *key)
{
	u64 left = cursor[0], right = cursor[1];
	unsigned int round;

	for (round = MYEP_CURSOR_ROUNDS; round-- > 0;) {
		const u64 last = right ^ myep_cursor_round(left, round, ep);

		right = left;
		left = last;
	}
	key->file = (struct file *)(unsigned long)left;
	key->fd = (int)right;
	return right >> 32 == MYEP_CURSOR_MARK;
}

static void myep_show_item(struct myepoll_item *item, const struct myep_epitem *epi)
{
	const __poll_t interest = READ_ONCE(epi->event.events);

	item->item = myep_item_number(epi);
	item->data = epi->event.data;
	item->events = (__force u32)interest;
	item->fd = epi->ffd.fd;
	item->flags = interest & ~MYEP_PRIVATE_BITS ? 0 : MYEPOLL_ITEM_DISABLED;
	item->hooks = myep_count_hooks(epi);
	item->position = 0;
	item->parent = -1;
}

/* Read up to @room items. Return: the first item behind them, or NULL. */
static struct myep_epitem *myep_read_items(struct myep_page *page, struct myep_epitem *epi,
					   unsigned int room, unsigned int *count)
{
	for (; epi && *count < room; epi = myep_next_item(epi)) {
		myep_show_item(&page->items[*count], epi);
		page->read[(*count)++] = epi;
	}
	return epi;
}

/* The index of an item of the page; items are read in the order of their keys. */
static unsigned int myep_index_of(const struct myep_page *page, unsigned int count,
				  const struct myep_epitem *epi)
{
	unsigned int low = 0;

	while (count > 1) {
		const unsigned int half = count / 2;

		if (myep_compare(page->read[low + half], epi->ffd.file, epi->ffd.fd) >= 0) {
			low += half;
			count -= half;
		} else {
			count = half;
		}
	}
	return low;
}

static void myep_show_tree(struct myep_page *page, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		const struct rb_node *node = &page->read[i]->rbn;
		const struct rb_node *parent = rb_parent(node);

		const struct myep_epitem *above = rb_entry_safe(parent, struct myep_epitem, rbn);

		if (above)
			page->items[i].parent = myep_index_of(page, count, above);
		if (!(node->__rb_parent_color & 1))
			page->items[i].flags |= MYEPOLL_ITEM_RED;
	}
}

/* The page has all items, so the ready list is no longer than it. Return: its length. */
static unsigned int myep_read_ready_locked(struct myep_eventpoll *ep, struct myep_page *page)
{
	struct myep_epitem *epi;
	unsigned int length = 0;

	lockdep_assert_held(&ep->lock);
	list_for_each_entry(epi, &ep->rdllist, rdllink)
		page->ready[length++] = epi;
	return length;
}

static void myep_read_flags_locked(struct myep_eventpoll *ep, struct myep_page *page,
				   unsigned int count)
{
	unsigned int i;

	lockdep_assert_held(&ep->lock);
	for (i = 0; i < count; i++) {
		if (!list_empty(&page->read[i]->rdllink))
			page->items[i].flags |= MYEPOLL_ITEM_READY;
		if (unlikely(ep->ws) && myep_posted_locked(page->read[i]))
			page->items[i].flags |= MYEPOLL_ITEM_POSTED;
	}
}

static unsigned int myep_read_sleepers_locked(struct myep_eventpoll *ep, struct myep_page *page,
					      unsigned int room)
{
	struct myep_sleeper *sleeper;
	unsigned int count = 0;

	lockdep_assert_held(&ep->lock);
	list_for_each_entry(sleeper, &ep->wq.head, wait.entry) {
		if (count == room)
			break;
		page->sleepers[count].asleep_ms = jiffies_to_msecs(jiffies - sleeper->since);
		page->sleepers[count].thread = task_pid_vnr(sleeper->wait.private);
		page->sleepers[count].pad = 0;
		count++;
	}
	return count;
}

/* Those that are not counted follow from the others. */
static void myep_show_counters_locked(const struct myep_eventpoll *ep, struct myepoll_counters *to)
{
	const struct myep_wakeup_counters *from = &ep->count;
	const struct myep_scan_counters *scanned = &ep->scans;
	const unsigned long scans = ep->scan_seq / 2 - from->removed;

	lockdep_assert_held(&ep->lock);
	lockdep_assert_held(&ep->mtx);
	to->callbacks = from->callbacks;
	to->queued = from->queued;
	to->overflowed = from->overflowed;
	to->already_queued = from->already;
	to->disabled = from->disabled;
	to->waits = scans - scanned->rescans + from->unscanned;
	to->sleeps = from->first_sleeps + from->in_vain;
	to->woken_in_vain = from->in_vain;
	to->polled = scanned->delivered + scanned->dropped;
	to->polled_in_vain = scanned->dropped;
	to->delivered = scanned->delivered;
	to->edits = ep->edits;
}

static void myep_read_page(struct myep_eventpoll *ep, struct myepoll_snapshot *snapshot,
			   struct myep_page *page, struct myep_epoll_filefd *key)
{
	unsigned int count = 0, ready = 0;
	struct myep_epitem *next;
	unsigned int i;

	lockdep_assert_held(&ep->mtx);
	next = myep_read_items(page, key ? myep_first_behind(ep, key) : myep_first_item(ep),
			       snapshot->items_room, &count);
	snapshot->flags = !key && !next ? MYEPOLL_SNAPSHOT_WHOLE : 0;

	spin_lock_irq(&ep->lock);
	if (snapshot->flags)
		ready = myep_read_ready_locked(ep, page);
	myep_read_flags_locked(ep, page, count);
	snapshot->sleepers_count = myep_read_sleepers_locked(ep, page, snapshot->sleepers_room);
	myep_show_counters_locked(ep, &snapshot->counters);
	snapshot->change = myep_change_locked(ep);
	spin_unlock_irq(&ep->lock);

	if (snapshot->flags)
		myep_show_tree(page, count);
	for (i = 0; i < ready; i++)
		page->items[myep_index_of(page, count, page->ready[i])].position = i + 1;

	snapshot->instance = ep->number;
	snapshot->items_count = count;
	/* The file has a reference, and each item. */
	snapshot->watches = refcount_read(&ep->refcount) - 1;
	snapshot->pad2 = 0;
	memset(snapshot->cursor, 0, sizeof(snapshot->cursor));
	if (next && count)
		myep_encrypt_cursor(ep, &page->read[count - 1]->ffd, snapshot->cursor);
}

static int myep_write_page(struct myepoll_snapshot __user *to, const struct myepoll_snapshot *from,
			   const struct myep_page *page)
{
	if (copy_to_user(u64_to_user_ptr(from->items), page->items,
			 from->items_count * sizeof(page->items[0])) ||
	    copy_to_user(u64_to_user_ptr(from->sleepers), page->sleepers,
			 from->sleepers_count * sizeof(page->sleepers[0])) ||
	    copy_to_user(to, from, sizeof(*from)))
		return -EFAULT;
	return 0;
}

/**
 * myep_ioc_snapshot() - the SNAPSHOT call
 * @ep: the instance
 * @arg: a struct myepoll_snapshot
 *
 * Context: process, may sleep.
 * Return: 0, or -EFAULT, -EINVAL, -ENOMEM, or -EINTR if the task is dying.
 */
long myep_ioc_snapshot(struct myep_eventpoll *ep, void __user *arg)
{
	struct myepoll_snapshot snapshot;
	struct myep_epoll_filefd key;
	struct myep_page *page;
	bool first;
	long res;

	if (copy_from_user(&snapshot, arg, sizeof(snapshot)))
		return -EFAULT;
	first = !snapshot.cursor[0] && !snapshot.cursor[1];
	if (snapshot.flags || snapshot.pad || snapshot.items_room > MYEPOLL_SNAPSHOT_MAX ||
	    snapshot.sleepers_room > MYEPOLL_SNAPSHOT_MAX ||
	    (!first && !myep_decrypt_cursor(ep, snapshot.cursor, &key)))
		return -EINVAL;

	page = kvmalloc(sizeof(*page), GFP_KERNEL_ACCOUNT);
	if (!page)
		return -ENOMEM;
	res = -EINTR;
	if (!mutex_lock_killable(&ep->mtx)) {
		myep_read_page(ep, &snapshot, page, first ? NULL : &key);
		mutex_unlock(&ep->mtx);
		res = myep_write_page(arg, &snapshot, page);
	}
	kvfree(page);
	return res;
}

void __init myep_snapshot_init(void)
{
	get_random_bytes(&myep_cursor_key, sizeof(myep_cursor_key));
}
