/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * References on open files. Each entry says when it can go.
 */
#ifndef MYEPOLL_COMPAT_FILE_H
#define MYEPOLL_COMPAT_FILE_H

#include <linux/bottom_half.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/version.h>

/* Before 6.12 struct fd had a public member; goes with 6.1. */
#ifndef fd_file
#define fd_file(f) ((f).file)
#endif

/**
 * myep_get_file_live() - get a reference unless the last one is gone
 * @file: a file whose memory the caller knows to be valid
 *
 * Context: any.
 * Return: false if the file is being closed.
 */
static inline bool myep_get_file_live(struct file *file)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	return file_ref_get(&file->f_ref);
#else /* a plain counter; goes with 6.12 */
	return atomic_long_inc_not_zero(&file->f_count);
#endif
}

/**
 * myep_put_file_live() - drop what myep_get_file_live() got
 * @file: the file
 *
 * The last fput() of a task lets the file be closed when the task returns to user mode. One that
 * waits on an instance may sleep for ever before that, and a peer would wait for its FIN as long.
 * Where fput() cannot use the task, as with softirqs off, a kernel worker closes the file.
 *
 * Context: process.
 */
static inline void myep_put_file_live(struct file *file)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0) /* only saves time; goes with 6.12 */
	if (likely(atomic_long_add_unless(&file->f_count, -1, 1)))
		return;
#endif
	local_bh_disable();
	fput(file);
	local_bh_enable();
}

#endif /* MYEPOLL_COMPAT_FILE_H */
