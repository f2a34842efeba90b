/* SPDX-License-Identifier: GPL-2.0-only */
/* Busy polling. */
#ifndef MYEPOLL_BUSY_POLL_H
#define MYEPOLL_BUSY_POLL_H

#include "eventpoll.h"

/* Only where the kernel has it and its epoll has the parameters. */
#if defined(EPIOCSPARAMS) && defined(CONFIG_NET_RX_BUSY_POLL)
#define MYEP_HAS_BUSY_POLL 1
#else
#define MYEP_HAS_BUSY_POLL 0
#endif

static inline bool myep_busy_polls(const struct myep_eventpoll *ep)
{
	return MYEP_HAS_BUSY_POLL && unlikely(READ_ONCE(ep->busy_poll_usecs));
}

long myep_ioc_set_params(struct myep_eventpoll *ep, const void __user *arg);
long myep_ioc_get_params(struct myep_eventpoll *ep, void __user *arg);
void myep_note_napi(struct myep_eventpoll *ep, const struct myep_epitem *epi);
bool myep_busy_poll(struct myep_eventpoll *ep);

#endif /* MYEPOLL_BUSY_POLL_H */
