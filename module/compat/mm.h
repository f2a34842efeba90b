/* SPDX-License-Identifier: GPL-2.0-only */
/* Mappings. Each #if says when it can be dropped. */
#ifndef MYEPOLL_COMPAT_MM_H
#define MYEPOLL_COMPAT_MM_H

#include <linux/mm.h>
#include <linux/version.h>

/* Set and clear flags of a mapping that is being made. */
static inline void myep_vm_flags_change(struct vm_area_struct *vma, vm_flags_t set,
					vm_flags_t clear)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_mod(vma, set, clear);
#else /* a plain field; drop with 6.1 support */
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

#endif /* MYEPOLL_COMPAT_MM_H */
