/* SPDX-License-Identifier: GPL-2.0-only */
/* References on open files. Each #if says when it can be dropped. */
#ifndef MYEPOLL_COMPAT_FILE_H
#define MYEPOLL_COMPAT_FILE_H

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/version.h>

/* Before 6.12 struct fd had public members; drop with 6.1 support. */
#ifndef fd_file
#define fd_file(f) ((f).file)
#define myep_fd_flags(f) ((f).flags)
#else
#define myep_fd_flags(f) ((f).word)
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
#else /* a plain counter; drop with 6.12 support */
	return atomic_long_inc_not_zero(&file->f_count);
#endif
}

/**
 * myep_put_file_unless_last() - drop a reference, unless it is the last
 * @file: the file
 *
 * Context: any.
 * Return: false if the reference is the last; then the caller keeps it.
 */
static inline bool myep_put_file_unless_last(struct file *file)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	return atomic_long_add_unless(&file->f_ref.refcnt, -1, FILE_REF_ONEREF);
#else /* a plain counter; drop with 6.12 support */
	return atomic_long_add_unless(&file->f_count, -1, 1);
#endif
}

#endif /* MYEPOLL_COMPAT_FILE_H */
