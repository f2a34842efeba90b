/* SPDX-License-Identifier: GPL-2.0-only */
/* What each user is limited to. */
#ifndef MYEPOLL_LIMITS_H
#define MYEPOLL_LIMITS_H

#include <linux/init.h>
#include <linux/types.h>

struct myep_user;

void __init myep_limits_init(void);
struct myep_user *myep_user_get(void);
void myep_user_put(struct myep_user *user);
bool myep_at_limit(struct myep_user *user);
void myep_charge(struct myep_user *user);
void myep_uncharge(struct myep_user *user);
bool myep_charge_late_close(struct myep_user *user);
void myep_uncharge_late_close(struct myep_user *user);
bool myep_charge_ring(struct myep_user *user, unsigned int pages);
void myep_uncharge_ring(struct myep_user *user, unsigned int pages);

#endif /* MYEPOLL_LIMITS_H */
