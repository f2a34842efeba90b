// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/myepoll: INFO and CREATE. Everybody may open it, just as everybody may use epoll.
 */
#include "device.h"
#include "instance.h"

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include <linux/myepoll.h>

/* INFO on the device, where @instance is 0, or on an instance. */
long myep_ioc_info(void __user *arg, u64 instance)
{
	const struct myepoll_info info = {
		.abi_version = MYEPOLL_ABI_VERSION,
		.event_size = sizeof(struct epoll_event),
		.features = MYEPOLL_FEATURE_SNAPSHOT | MYEPOLL_FEATURE_CHANGE |
			    MYEPOLL_FEATURE_RING,
		.instance = instance,
	};

	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long myep_ioc_create(void __user *arg)
{
	struct myepoll_create create;

	if (copy_from_user(&create, arg, sizeof(create)))
		return -EFAULT;
	if (create.pad || (create.flags & ~MYEPOLL_CREATE_CLOEXEC))
		return -EINVAL;
	return myep_create(create.flags);
}

static long myep_device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case MYEPOLL_IOC_INFO:
		return myep_ioc_info((void __user *)arg, 0);
	case MYEPOLL_IOC_CREATE:
		return myep_ioc_create((void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations myep_device_fops = {
	.owner = THIS_MODULE,
	.llseek = noop_llseek,
	.unlocked_ioctl = myep_device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice myep_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "myepoll",
	.mode = 0666,
	.fops = &myep_device_fops,
};

/* The last step of loading: from here on there are callers. */
int __init myep_device_init(void)
{
	return misc_register(&myep_device);
}

void myep_device_exit(void)
{
	misc_deregister(&myep_device);
}
