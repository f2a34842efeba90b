// SPDX-License-Identifier: MIT
#include "ioctl.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace myepoll::ioctls {

int call(int fd, unsigned long request, void* argument) noexcept
{
#ifdef __x86_64__
	long result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(SYS_ioctl), "D"(fd), "S"(request), "d"(argument)
			 : "rcx", "r11", "memory");
	return static_cast<int>(result);
#else
	const long result = ::syscall(SYS_ioctl, fd, request, argument);
	return result < 0 ? -errno : static_cast<int>(result);
#endif
}

} // namespace myepoll::ioctls
