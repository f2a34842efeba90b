// SPDX-License-Identifier: MIT
/*
 * libc's functions that may leave a program without /dev/myepoll, or with another file in its place.
 * The device is opened first, and kept. syscall.cpp does so for calls that libc does not wrap.
 */
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "device.hpp"
#include "kernel_call.hpp"

#define EXPORTED extern "C" [[gnu::visibility("default")]]

namespace {

template <typename... Arguments> int leave(long call, Arguments... arguments)
{
	preload::device::get();
	return static_cast<int>(preload::to_errno(preload::kernel_call(call, arguments...)));
}

} // namespace

EXPORTED int chroot(const char* path) noexcept { return leave(SYS_chroot, path); }

EXPORTED int unshare(int flags) noexcept { return leave(SYS_unshare, flags); }

EXPORTED int setns(int fd, int type) noexcept { return leave(SYS_setns, fd, type); }
