// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the arguments of a WAIT point to, and whether they go with the instance.
 */
#include "wait.h"
#include "ring.h"

#include <linux/compat.h>
#include <linux/time.h>
#include <linux/uaccess.h>

/**
 * myep_get_timespec() - read the timespec of a WAIT
 * @timespec: the timespec, or NULL
 *
 * Context: process, may sleep.
 * Return: nanoseconds, -1 (for ever) without a timespec, or -EFAULT, -EINVAL (behaviours: 80).
 */
s64 myep_get_timespec(const struct __kernel_timespec __user *timespec)
{
	struct timespec64 ts;

	if (!timespec)
		return -1;
	if (get_timespec64(&ts, timespec))
		return -EFAULT;
	if (!timespec64_valid(&ts))
		return -EINVAL;
	return timespec64_to_ns(&ts);
}

/* The layout of the mask differs for 32-bit programs (behaviours: 82). */
static int myep_get_sigset(sigset_t *set, const sigset_t __user *mask)
{
	if (in_compat_syscall())
		return get_compat_sigset(set, (const compat_sigset_t __user *)mask);
	return copy_from_user(set, mask, sizeof(*set)) ? -EFAULT : 0;
}

/**
 * myep_get_sigmask() - read the signal mask of a WAIT
 * @set: receives it, without SIGKILL and SIGSTOP
 * @mask: the mask
 * @size: size of @mask in bytes
 *
 * Context: process, may sleep.
 * Return: 0, or -EINVAL, -EFAULT.
 */
int myep_get_sigmask(sigset_t *set, const sigset_t __user *mask, size_t size)
{
	if (size != sizeof(*set))
		return -EINVAL;
	if (myep_get_sigset(set, mask))
		return -EFAULT;
	sigdelsetmask(set, sigmask(SIGKILL) | sigmask(SIGSTOP));
	return 0;
}

/**
 * myep_check_ring_wait() - does a WAIT go with the instance's ring?
 * @ep: the instance
 * @of_ring: whether it has MYEPOLL_WAIT_RING
 * @timeout_ns: of the WAIT
 *
 * A sleeper that does not know the ring would take the wakeup of one that does.
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
int myep_check_ring_wait(const struct myep_eventpoll *ep, bool of_ring, s64 timeout_ns)
{
	if (of_ring)
		/* [b8] pairs with myep_ring_set() */
		return smp_load_acquire(&ep->has_ring) ? 0 : -EINVAL;
	return timeout_ns && myep_ring_with_slots(ep) ? -EINVAL : 0;
}
