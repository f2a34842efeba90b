// SPDX-License-Identifier: GPL-2.0-only
// Replaces the library's only ioctl: the linker takes this program's function and not the library's, so
// a test sees what the library passes to the module, and decides what it gets back.
//
//	scripted_ioctl module{[](unsigned long request, void* argument) { .. return 0; }};
//
// Without a script, calls go to the kernel; so do all requests that are not the module's.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
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
		long result = pass_on;
		if (current && _IOC_TYPE(request) == MYEPOLL_IOC_MAGIC) {
			descriptor_of_call = fd;
			result = current(request, argument);
		}
		if (result != pass_on)
			return result;
		const long passed_on = ::syscall(SYS_ioctl, fd, request, argument);
		return passed_on < 0 ? -errno : passed_on;
	}

private:
	inline static script current;
	inline static int descriptor_of_call = -1;
};

namespace myepoll::ioctls {

int call(int fd, unsigned long request, void* argument) noexcept
{
	return static_cast<int>(scripted_ioctl::call(fd, request, argument));
}

} // namespace myepoll::ioctls
