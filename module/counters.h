/* SPDX-License-Identifier: GPL-2.0-only */
/* What an instance counts, by the lock under which it is counted; tags as in eventpoll.h. */
#ifndef MYEPOLL_COUNTERS_H
#define MYEPOLL_COUNTERS_H

/*
 * How often something has happened to an instance. What can be derived is not counted, so that the
 * event path pays for little; snapshot.c has the formulas.
 */
struct myep_wakeup_counters {
	unsigned long callbacks;    /* (l) runs of the poll callback */
	unsigned long queued;	    /* (l) items queued, on the ready list or the overflow list */
	unsigned long overflowed;   /* (l) of these, on the overflow list */
	unsigned long already;	    /* (l) items that were to be queued and were already */
	unsigned long disabled;	    /* (l) callbacks for a ONESHOT item that has fired */
	unsigned long first_sleeps; /* (l) WAITs that went to sleep */
	unsigned long in_vain;	    /* (l) sleeps of a WAIT that had been woken and found nothing */
	unsigned long unscanned; /* (l) WAITs that slept until their deadline and never scanned */
	unsigned long removed;	 /* (l) items that were removed while on the ready list */
};

struct myep_scan_counters {
	unsigned long rescans;	 /* (m) scans that were not the first of a WAIT */
	unsigned long dropped;	 /* (m) items that were polled and not ready */
	unsigned long delivered; /* (m) events */
};

#endif /* MYEPOLL_COUNTERS_H */
