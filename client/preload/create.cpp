// SPDX-License-Identifier: MIT
#include "create.hpp"

#include <sys/epoll.h>
#include <sys/syscall.h>

#include "device.hpp"
#include "kernel_call.hpp"
#include "message.hpp"
#include "settings.hpp"

namespace preload {
namespace {

// Errors that epoll may return as well. Any other means that there is no usable device.
bool is_shortage(long error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -EINTR;
}

long create_on_device(int flags)
{
	// The program may close the device's descriptor between the two calls, or may have reused it
	// for an instance.
	long made = -EBADF;
	while (made == -EBADF || made == -ENOTTY) {
		const long device = device::get();
		if (device < 0)
			return device;
		made = device::create_instance(static_cast<int>(device), flags);
	}
	return made;
}

long create_without_device(long error, int flags)
{
	const int why = static_cast<int>(-error);
	if (settings::device_is_required()) {
		tell_once_that_device_is_missing(
			why, "MYEPOLL_PRELOAD=require, so epoll_create fails");
		return error;
	}
	tell_once_that_device_is_missing(why, "falling back to the kernel's epoll");
	return kernel_call(SYS_epoll_create1, flags);
}

} // namespace

long create(int size) { return size > 0 ? create1(0) : -EINVAL; }

long create1(int flags)
{
	if ((flags & ~EPOLL_CLOEXEC) != 0)
		return -EINVAL;
	const long result = create_on_device(flags);
	if (result >= 0 || is_shortage(result))
		return result;
	return create_without_device(result, flags);
}

} // namespace preload
