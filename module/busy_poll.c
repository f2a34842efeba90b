// SPDX-License-Identifier: GPL-2.0-only
/*
 * Busy polling: before a WAIT sleeps, it drives the network device of its sockets itself, for as
 * long as EPIOCSPARAMS says (behaviours: 7, 102).
 *
 * A socket identifies its device by a NAPI id. ep->napi_id is that of the socket that became ready
 * last, a hint that any callback may change at any time. net.core.busy_poll is not exported to
 * modules, so only an instance's own parameters count, on kernels whose epoll has them.
 */
#include "busy_poll.h"
#include "ready.h"

#include <linux/capability.h>
#include <linux/file.h>
#include <linux/limits.h>
#include <linux/netdevice.h>
#include <linux/uaccess.h>
#include <net/busy_poll.h>
#include <net/sock.h>

#if MYEP_HAS_BUSY_POLL

/* EPIOCSPARAMS. Return: 0, -EFAULT, -EINVAL, or -EPERM for a budget that needs CAP_NET_ADMIN. */
long myep_ioc_set_params(struct myep_eventpoll *ep, const void __user *arg)
{
	struct epoll_params params;

	if (copy_from_user(&params, arg, sizeof(params)))
		return -EFAULT;
	if (params.__pad || params.prefer_busy_poll > 1 || params.busy_poll_usecs > S32_MAX)
		return -EINVAL;
	if (params.busy_poll_budget > NAPI_POLL_WEIGHT && !capable(CAP_NET_ADMIN))
		return -EPERM;

	WRITE_ONCE(ep->busy_poll_usecs, params.busy_poll_usecs);
	WRITE_ONCE(ep->busy_poll_budget, params.busy_poll_budget);
	WRITE_ONCE(ep->prefer_busy_poll, params.prefer_busy_poll);
	return 0;
}

/* EPIOCGPARAMS. */
long myep_ioc_get_params(struct myep_eventpoll *ep, void __user *arg)
{
	const struct epoll_params params = {
		.busy_poll_usecs = READ_ONCE(ep->busy_poll_usecs),
		.busy_poll_budget = READ_ONCE(ep->busy_poll_budget),
		.prefer_busy_poll = READ_ONCE(ep->prefer_busy_poll),
	};

	return copy_to_user(arg, &params, sizeof(params)) ? -EFAULT : 0;
}

/**
 * myep_note_napi() - remember which device an item's socket receives from
 * @ep: the instance, with busy polling on
 * @epi: an item of it whose target is alive
 *
 * Context: any; takes no lock.
 */
void myep_note_napi(struct myep_eventpoll *ep, const struct myep_epitem *epi)
{
	const struct socket *sock = sock_from_file(epi->ffd.file);
	const struct sock *sk = sock ? READ_ONCE(sock->sk) : NULL;
	unsigned int napi_id;

	if (!sk)
		return;
	napi_id = READ_ONCE(sk->sk_napi_id);
	if (napi_id >= MIN_NAPI_ID && napi_id != READ_ONCE(ep->napi_id))
		WRITE_ONCE(ep->napi_id, napi_id);
}

/* Called between two rounds of the device. */
static bool myep_busy_poll_ends(void *arg, unsigned long start)
{
	struct myep_eventpoll *ep = arg;

	return myep_maybe_ready(ep) || signal_pending(current) ||
	       time_after(busy_loop_current_time(), start + READ_ONCE(ep->busy_poll_usecs));
}

/**
 * myep_busy_poll() - drive the network device for a while instead of sleeping
 * @ep: the instance, with busy polling on
 *
 * Context: process, no locks held.
 * Return: whether there may be events.
 */
bool myep_busy_poll(struct myep_eventpoll *ep)
{
	const unsigned int napi_id = READ_ONCE(ep->napi_id);

	if (napi_id < MIN_NAPI_ID)
		return false;
	napi_busy_loop(napi_id, myep_busy_poll_ends, ep, READ_ONCE(ep->prefer_busy_poll),
		       READ_ONCE(ep->busy_poll_budget) ?: BUSY_POLL_BUDGET);
	if (myep_maybe_ready(ep))
		return true;
	/* In vain: not again until a socket becomes ready. */
	WRITE_ONCE(ep->napi_id, 0);
	return false;
}

#elif defined(EPIOCSPARAMS)

long myep_ioc_set_params(struct myep_eventpoll *ep, const void __user *arg)
{
	return -EOPNOTSUPP;
}

long myep_ioc_get_params(struct myep_eventpoll *ep, void __user *arg)
{
	return -EOPNOTSUPP;
}

#endif
