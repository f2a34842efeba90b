// SPDX-License-Identifier: GPL-2.0-only
/* A program whose libc is musl: creates a set, waits on it, and prints what it is. */
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

int main(void)
{
	char path[32], kind[64] = "";
	struct epoll_event event = { .events = EPOLLIN };
	int set = epoll_create1(0);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", set);
	if (readlink(path, kind, sizeof(kind) - 1) < 0)
		return 1;
	if (epoll_ctl(set, EPOLL_CTL_ADD, eventfd(1, 0), &event) < 0)
		return 2;
	if (epoll_wait(set, &event, 1, -1) != 1)
		return 3;
	return puts(kind) < 0;
}
