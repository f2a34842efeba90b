/* SPDX-License-Identifier: GPL-2.0-only */
/* Busy polling, where it exists; busy_poll.c tells the rest. */
#ifndef MYEPOLL_BUSY_POLL_H
#define MYEPOLL_BUSY_POLL_H

#include "eventpoll.h"

/* Where epoll has no parameters for it, or the kernel no busy polling, we have none either. */
#if defined(EPIOCSPARAMS) && defined(CONFIG_NET_RX_BUSY_POLL)
#define MYEP_HAS_BUSY_POLL 1
#else
#define MYEP_HAS_BUSY_POLL 0
#endif

static inline bool myep_busy_polls(const struct eventpoll *ep)
{
	return MYEP_HAS_BUSY_POLL && unlikely(READ_ONCE(ep->busy_poll_usecs));
}

long myep_ioc_set_params(struct eventpoll *ep, const void __user *arg);
long myep_ioc_get_params(struct eventpoll *ep, void __user *arg);
void myep_note_napi(struct eventpoll *ep, const struct epitem *epi);
bool myep_busy_poll(struct eventpoll *ep);

#endif /* MYEPOLL_BUSY_POLL_H */
