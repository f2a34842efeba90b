// SPDX-License-Identifier: GPL-2.0-only
/*
 * The close notice by ftrace: a direct call at the entry of a function that __fput() runs for every
 * file, after epoll's own hook and before ->release().
 *
 * "sysctl kernel.ftrace_enabled=0" silently disables direct calls, and items of closed files would
 * then be used after free. A direct call cannot be permanent, but the sysctl fails while any
 * permanent ftrace user exists; so one is registered as well, on a function that never runs.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "close_notice.h"

#include <linux/ftrace.h>
#include <linux/string.h>
#include <linux/version.h>

/* A test overrides it at build time, to see the load refused. */
#ifndef MYEP_CLOSE_FUNCTION
#define MYEP_CLOSE_FUNCTION "locks_remove_file"
#endif
#define MYEP_PIN_FUNCTION "machine_halt"

/* Since 6.4 the plain name has this signature; drop with 6.1 support. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define register_ftrace_direct(ops, addr) register_ftrace_direct_multi(ops, addr)
#define unregister_ftrace_direct(ops, addr, free_filters) unregister_ftrace_direct_multi(ops, addr)
#endif

/* compat/close_notice_x86_64.S */
void myep_close_trampoline(void);

static void notrace myep_pin_func(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
				  struct ftrace_regs *regs)
{
}

static struct ftrace_ops myep_pin_ops = {
	.func = myep_pin_func,
	.flags = FTRACE_OPS_FL_PERMANENT,
};

static struct ftrace_ops myep_close_ops;

static int myep_filter(struct ftrace_ops *ops, const char *function)
{
	unsigned char name[32];
	int err;

	strscpy(name, function, sizeof(name));
	err = ftrace_set_filter(ops, name, strlen(name), 1);
	if (err)
		pr_err("cannot load: %s() cannot be traced: %d\n", function, err);
	return err;
}

static int myep_pin_ftrace(void)
{
	int err = myep_filter(&myep_pin_ops, MYEP_PIN_FUNCTION);

	if (err)
		return err;
	err = register_ftrace_function(&myep_pin_ops);
	if (err == -EBUSY)
		pr_err("cannot load: ftrace is off; try sysctl kernel.ftrace_enabled=1\n");
	else if (err)
		pr_err("cannot load: ftrace cannot be pinned: %d\n", err);
	if (err)
		ftrace_free_filter(&myep_pin_ops);
	return err;
}

static void myep_unpin_ftrace(void)
{
	unregister_ftrace_function(&myep_pin_ops);
	ftrace_free_filter(&myep_pin_ops);
}

int myep_close_notice_register(void)
{
	int err;

	err = myep_pin_ftrace();
	if (err)
		return err;

	err = myep_filter(&myep_close_ops, MYEP_CLOSE_FUNCTION);
	if (err)
		goto err_pin;

	err = register_ftrace_direct(&myep_close_ops, (unsigned long)myep_close_trampoline);
	if (err) {
		pr_err("cannot load: no direct call on %s(): %d\n", MYEP_CLOSE_FUNCTION, err);
		goto err_filter;
	}
	return 0;

err_filter:
	ftrace_free_filter(&myep_close_ops);
err_pin:
	myep_unpin_ftrace();
	return err;
}

/* Fails once ftrace has shut itself down: it patches no code any more. */
int myep_close_notice_unregister(void)
{
	int err;

	err = unregister_ftrace_direct(&myep_close_ops, (unsigned long)myep_close_trampoline,
				       false);
	if (err)
		return err;
	ftrace_free_filter(&myep_close_ops);
	myep_unpin_ftrace();
	return 0;
}
