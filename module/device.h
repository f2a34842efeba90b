/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/myepoll. */
#ifndef MYEPOLL_DEVICE_H
#define MYEPOLL_DEVICE_H

#include <linux/init.h>
#include <linux/types.h>

int __init myep_device_init(void);
void myep_device_exit(void);
long myep_ioc_info(void __user *arg, u64 instance);

#endif /* MYEPOLL_DEVICE_H */
