// SPDX-License-Identifier: GPL-2.0-only
// Interposes ioctl(): this program's own is found before libc's, so a test sees what the library
// passes to the module, and decides what it gets back.
//
//	scripted_ioctl module{[](unsigned long request, void* argument) { .. return 0; }};
//
// Without a script, calls go to the kernel; so do all requests that are not the module's.
#pragma once

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdarg>
#include <functional>
#include <utility>

#include <linux/myepoll.h>

class scripted_ioctl {
public:
	// Returns the result of the call or -errno, or passes it on to the kernel.
	using script = std::function<long(unsigned long request, void* argument)>;

	static constexpr long pass_on = LONG_MIN;

	explicit scripted_ioctl(script answers) { current = std::move(answers); }
	scripted_ioctl(const scripted_ioctl&) = delete;
	scripted_ioctl& operator=(const scripted_ioctl&) = delete;
	~scripted_ioctl() { current = nullptr; }

	// That of the call that a script answers.
	static int descriptor() { return descriptor_of_call; }

	static long call(int fd, unsigned long request, void* argument)
	{
		if (!current || _IOC_TYPE(request) != MYEPOLL_IOC_MAGIC)
			return ::syscall(SYS_ioctl, fd, request, argument);
		descriptor_of_call = fd;
		const long result = current(request, argument);
		if (result == pass_on)
			return ::syscall(SYS_ioctl, fd, request, argument);
		if (result >= 0)
			return result;
		errno = static_cast<int>(-result);
		return -1;
	}

private:
	inline static script current;
	inline static int descriptor_of_call = -1;
};

extern "C" int ioctl(int fd, unsigned long request, ...) noexcept
{
	std::va_list arguments;
	va_start(arguments, request);
	void* const argument = va_arg(arguments, void*);
	va_end(arguments);
	return static_cast<int>(scripted_ioctl::call(fd, request, argument));
}
