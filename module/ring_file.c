// SPDX-License-Identifier: GPL-2.0-only
/*
 * RING: makes the memory of a ring, and the file by which it is mapped.
 *
 * The memory belongs to the instance and to that file, whichever is closed last; a mapping holds
 * the file. Neither file nor mapping holds the instance, so its close frees it as ever.
 */
#include "ring.h"
#include "limits.h"

#include <linux/anon_inodes.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/myepoll.h>
#include "compat/mm.h"

static_assert(MYEPOLL_RING_CLOEXEC == O_CLOEXEC);
static_assert((__force u32)(EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLRDNORM | EPOLLWRNORM) ==
	      MYEPOLL_RING_EVENTS);

static void myep_ring_free(struct myep_ring *ring)
{
	unsigned int i;

	vunmap(ring->slots);
	for (i = 0; i < ring->count && ring->pages[i]; i++)
		put_page(ring->pages[i]);
	kvfree(ring->owner);
	myep_uncharge_ring(ring->user, ring->charged);
	kvfree(ring);
}

/* Drop a reference; the last one frees the ring. May sleep. */
void myep_ring_put(struct myep_ring *ring)
{
	if (refcount_dec_and_test(&ring->refcount))
		myep_ring_free(ring);
}

static bool myep_ring_fill(struct myep_ring *ring, u32 slots)
{
	unsigned int i;

	for (i = 0; i < ring->count; i++) {
		ring->pages[i] = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		if (!ring->pages[i])
			return false;
	}
	ring->header = page_address(ring->pages[0]);
	ring->header->slots = slots;
	if (!slots)
		return true;
	/* One more than there are slots: see myep_ring_join_locked(). */
	ring->owner = kvcalloc(slots + 1, sizeof(*ring->owner), GFP_KERNEL_ACCOUNT);
	ring->slots = vmap(ring->pages + 1, ring->count - 1, VM_MAP, PAGE_KERNEL);
	if (!ring->owner || !ring->slots)
		return false;
	for (i = 0; i < slots; i++)
		ring->slots[i].word = MYEPOLL_RING_WORD(0, i - slots);
	return true;
}

/* Return: a ring with one reference, or an error pointer with -ENOSPC or -ENOMEM. */
static struct myep_ring *myep_ring_new(struct myep_user *user, u32 slots)
{
	const unsigned int count = 1 + PFN_UP(MYEPOLL_RING_BYTES(slots));
	const unsigned int charged = count + PFN_UP(slots * sizeof(struct myep_epitem *));
	struct myep_ring *ring;

	if (!myep_charge_ring(user, charged))
		return ERR_PTR(-ENOSPC);
	ring = kvzalloc(struct_size(ring, pages, count), GFP_KERNEL_ACCOUNT);
	if (!ring) {
		myep_uncharge_ring(user, charged);
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&ring->refcount, 1);
	ring->user = user;
	ring->charged = charged;
	ring->count = count;
	ring->mask = slots - 1;
	if (!myep_ring_fill(ring, slots)) {
		myep_ring_free(ring);
		return ERR_PTR(-ENOMEM);
	}
	return ring;
}

static int myep_ring_release(struct inode *inode, struct file *file)
{
	myep_ring_put(file->private_data);
	return 0;
}

static u64 myep_ring_count(const u64 *counter)
{
	/* A word that posters count up under a lock that the ring's file does not have. */
	return data_race(*counter);
}

/* In /proc/PID/fdinfo/FD, of the ring and of its instance. */
void myep_ring_show(struct seq_file *m, const struct myep_ring *ring)
{
	seq_printf(m, "slots: %u\n", ring->header->slots);
	seq_printf(m, "pages: %u\n", ring->charged);
	seq_printf(m, "posted: %llu\n", READ_ONCE(ring->posted));
	seq_printf(m, "merged: %llu\n", myep_ring_count(&ring->merged));
	seq_printf(m, "taken back: %llu\n", myep_ring_count(&ring->taken_back));
	seq_printf(m, "refused: %llu\n", myep_ring_count(&ring->refused));
}

static void myep_ring_show_fdinfo(struct seq_file *m, struct file *file)
{
	myep_ring_show(m, file->private_data);
}

/* Also after madvise(MADV_DONTNEED): the pages stay. */
static vm_fault_t myep_ring_fault(struct vm_fault *vmf)
{
	const struct myep_ring *ring = vmf->vma->vm_file->private_data;

	if (vmf->pgoff >= ring->count)
		return VM_FAULT_SIGBUS;
	vmf->page = ring->pages[vmf->pgoff];
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct myep_ring_vm_ops = {
	.fault = myep_ring_fault,
};

/* The header from page 0, or the slots from page 1, each as a whole. */
static int myep_ring_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct myep_ring *ring = file->private_data;
	const bool of_header = vma->vm_pgoff == 0;

	if (!(vma->vm_flags & VM_SHARED) || vma->vm_pgoff > 1 ||
	    vma_pages(vma) != (of_header ? 1 : ring->count - 1))
		return -EINVAL;
	if ((vma->vm_flags & VM_EXEC) || (of_header && (vma->vm_flags & VM_WRITE)))
		return -EPERM;
	myep_vm_flags_change(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_DONTCOPY,
			     of_header ? VM_MAYEXEC | VM_MAYWRITE : VM_MAYEXEC);
	vma->vm_ops = &myep_ring_vm_ops;
	return 0;
}

static const struct file_operations myep_ring_fops = {
	.owner = THIS_MODULE,
	.llseek = noop_llseek,
	.mmap = myep_ring_mmap,
	.release = myep_ring_release,
	.show_fdinfo = myep_ring_show_fdinfo,
};

/* Return: 0 with the ring in place, or -EEXIST, -EBUSY. */
static int myep_ring_set(struct myep_eventpoll *ep, struct myep_ring *ring, int fd)
{
	struct wakeup_source *unused = NULL;
	int err = 0;

	mutex_lock(&ep->mtx);
	spin_lock_irq(&ep->lock);
	if (ep->has_ring) {
		err = -EEXIST;
	} else if (!RB_EMPTY_ROOT(&ep->rbr.rb_root) || waitqueue_active(&ep->wq)) {
		err = -EBUSY;
	} else {
		/* Of an item that it does not watch any more. */
		unused = ep->ws;
		ep->ring = ring;
		refcount_inc(&ring->refcount);
		/* [b8] pairs with myep_ring_with_slots() and myep_check_ring_wait() */
		smp_store_release(&ep->has_ring, true);
		trace_myepoll_ring(ep, fd, ring->header->slots);
	}
	spin_unlock_irq(&ep->lock);
	mutex_unlock(&ep->mtx);
	wakeup_source_unregister(unused);
	return err;
}

/* The descriptor is installed last: another thread can use or close it from then on. */
static int myep_ring_create(struct myep_eventpoll *ep, const struct myepoll_ring *arg)
{
	struct myep_ring *ring;
	struct file *file;
	int err, fd;

	fd = get_unused_fd_flags(O_RDWR | arg->flags);
	if (fd < 0)
		return fd;
	ring = myep_ring_new(ep->user, arg->slots);
	if (IS_ERR(ring)) {
		err = PTR_ERR(ring);
		goto err_fd;
	}
	file = anon_inode_getfile("[myepoll-ring]", &myep_ring_fops, ring, O_RDWR | arg->flags);
	if (IS_ERR(file)) {
		myep_ring_put(ring);
		err = PTR_ERR(file);
		goto err_fd;
	}
	err = myep_ring_set(ep, ring, fd);
	if (err) {
		fput(file);
		goto err_fd;
	}
	fd_install(fd, file);
	return fd;

err_fd:
	put_unused_fd(fd);
	return err;
}

/**
 * myep_ioc_ring() - the RING call
 * @ep: the instance
 * @arg: a struct myepoll_ring
 *
 * Context: process, may sleep.
 * Return: a descriptor, or -EFAULT, -EINVAL, -EEXIST, -EBUSY, -ENOSPC, -ENOMEM, -EMFILE, -ENFILE.
 */
long myep_ioc_ring(struct myep_eventpoll *ep, void __user *arg)
{
	struct myepoll_ring ring;

	if (copy_from_user(&ring, arg, sizeof(ring)))
		return -EFAULT;
	if (ring.slots > MYEPOLL_RING_MAX || (ring.slots & (ring.slots - 1)) ||
	    (ring.flags & ~MYEPOLL_RING_CLOEXEC) || ring.pad)
		return -EINVAL;
	/* A hint, to spare the memory; myep_ring_set() decides. */
	if (READ_ONCE(ep->has_ring))
		return -EEXIST;
	return myep_ring_create(ep, &ring);
}
