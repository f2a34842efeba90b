// SPDX-License-Identifier: GPL-2.0-only
/*
 * Without a way to get close notices the module refuses to load.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "close_notice.h"

#include <linux/errno.h>
#include <linux/printk.h>

int myep_close_notice_register(void)
{
	pr_err("cannot load: this kernel has no ftrace direct calls on x86-64 (CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS)\n");
	return -EOPNOTSUPP;
}

int myep_close_notice_unregister(void)
{
	return 0;
}
