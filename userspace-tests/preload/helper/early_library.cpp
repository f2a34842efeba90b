// SPDX-License-Identifier: GPL-2.0-only
// A library that uses epoll in its constructor, before other libraries have been initialized.
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace {

[[gnu::constructor]] void use_epoll()
{
	char path[64];
	char kind[64] = {};
	const int set = epoll_create1(EPOLL_CLOEXEC);
	const char* const error = strerrorname_np(errno);
	std::snprintf(path, sizeof(path), "/proc/self/fd/%d", set);
	if (set < 0 || readlink(path, kind, sizeof(kind) - 1) < 0)
		std::snprintf(kind, sizeof(kind), "%s", error);
	dprintf(STDOUT_FILENO, "early %s\n", kind);
	close(set);
}

} // namespace
