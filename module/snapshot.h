/* SPDX-License-Identifier: GPL-2.0-only */
/* SNAPSHOT. */
#ifndef MYEPOLL_SNAPSHOT_H
#define MYEPOLL_SNAPSHOT_H

#include "eventpoll.h"

void __init myep_snapshot_init(void);
long myep_ioc_snapshot(struct myep_eventpoll *ep, void __user *arg);

#endif /* MYEPOLL_SNAPSHOT_H */
