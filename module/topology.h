/* SPDX-License-Identifier: GPL-2.0-only */
/* Instances inside instances. */
#ifndef MYEPOLL_TOPOLOGY_H
#define MYEPOLL_TOPOLOGY_H

#include "eventpoll.h"

/* One ADD's view of it, on its stack. */
struct myep_nesting {
	bool locked;	    /* (o) the nesting mutex is held */
	unsigned int steps; /* (o) from a file to an item that watches it, in this ADD's walks */
};

int myep_nesting_lock(struct myep_eventpoll *ep, const struct file *target,
		      struct myep_nesting *nesting);
void myep_nesting_unlock(struct myep_nesting *nesting);
bool myep_paths_ok(struct file *target, struct myep_nesting *nesting);

#endif /* MYEPOLL_TOPOLOGY_H */
