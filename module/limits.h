/* SPDX-License-Identifier: GPL-2.0-only */
/* What a user may have, and the closes that are counted for it: limits.c, late_close.c. */
#ifndef MYEPOLL_LIMITS_H
#define MYEPOLL_LIMITS_H

#include "eventpoll.h"

/* limits.c */
void __init myep_limits_init(void);
struct myep_user *myep_user_get(void);
void myep_user_put(struct myep_user *user);
bool myep_at_limit(struct myep_user *user);
void myep_charge(struct myep_user *user);
void myep_uncharge(struct myep_user *user);
bool myep_charge_late_close(struct myep_user *user);
void myep_uncharge_late_close(struct myep_user *user);

/* late_close.c: targets whose last reference is ours */
int __init myep_late_close_init(void);
void myep_late_close_exit(void);
void myep_put_last(struct eventpoll *ep, struct file *file);

#endif /* MYEPOLL_LIMITS_H */
