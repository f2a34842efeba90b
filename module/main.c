// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load and unload. Nothing can be opened before every prerequisite has been verified, and nothing
 * of the module can be reached once myep_exit() returns.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "device.h"
#include "item.h"
#include "late_close.h"
#include "lifetime.h"
#include "limits.h"
#include "snapshot.h"
#include "trace.h"

#include <linux/module.h>
#include <linux/myepoll.h>

static int __init myep_init(void)
{
	int err;

	myep_limits_init();
	myep_trace_init();
	myep_snapshot_init();
	err = myep_item_init();
	if (err)
		return err;

	err = myep_lifetime_init();
	if (err)
		goto err_item;

	err = myep_late_close_init();
	if (err)
		goto err_lifetime;

	err = myep_device_init();
	if (err)
		goto err_late_close;

	pr_info("version %s, ABI %d\n", MYEPOLL_VERSION, MYEPOLL_ABI_VERSION);
	return 0;

err_late_close:
	myep_late_close_exit();
err_lifetime:
	myep_lifetime_exit();
err_item:
	myep_item_exit();
	return err;
}

/*
 * Runs only when nothing is left that a user could hold up: each file, each late close, and each
 * instance that waits for path C holds the module.
 */
static void __exit myep_exit(void)
{
	myep_device_exit();
	myep_late_close_exit();
	myep_lifetime_exit();
	myep_item_exit();
}

module_init(myep_init);
module_exit(myep_exit);

MODULE_DESCRIPTION("A second, independent epoll behind /dev/myepoll");
MODULE_AUTHOR("The myepoll maintainers");
MODULE_VERSION(MYEPOLL_VERSION);
MODULE_LICENSE("GPL");
