// SPDX-License-Identifier: GPL-2.0-only
#include "support/namespaces.hpp"

#include "support/targets.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <utility>

namespace support {

void leave_shared_mounts()
{
	static pid_t left = 0;
	if (std::exchange(left, getpid()) == getpid())
		return;
	checked(unshare(CLONE_NEWNS), "unshare mounts");
	checked(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount private");
}

void leave_shared_hostname()
{
	static pid_t left = 0;
	if (std::exchange(left, getpid()) == getpid())
		return;
	checked(unshare(CLONE_NEWUTS), "unshare the hostname");
}

} // namespace support
