/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The close notice: myep_file_closing() is called for every file whose last reference is gone, in
 * a context that may sleep, before the file's ->release().
 */
#ifndef MYEPOLL_COMPAT_CLOSE_NOTICE_H
#define MYEPOLL_COMPAT_CLOSE_NOTICE_H

/**
 * myep_close_notice_register() - start the calls, and keep ftrace from being disabled
 *
 * Context: process, may sleep.
 * Return: 0, or -errno with the reason in the log.
 */
int myep_close_notice_register(void);

/**
 * myep_close_notice_unregister() - stop the calls
 *
 * Calls that have started may still run when it returns.
 *
 * Context: process, may sleep.
 * Return: 0, or -errno if the calls cannot be stopped.
 */
int myep_close_notice_unregister(void);

#endif /* MYEPOLL_COMPAT_CLOSE_NOTICE_H */
