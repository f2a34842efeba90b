// SPDX-License-Identifier: MIT
#include "create.hpp"

#include <sys/epoll.h>
#include <sys/syscall.h>

#include <fcntl.h>

#include "device.hpp"
#include "kernel_call.hpp"
#include "message.hpp"
#include "settings.hpp"
#include "spare_number.hpp"

namespace preload {
namespace {

// What epoll may fail with as well. Anything else means that there is no device to work with.
bool is_shortage(long error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -EINTR;
}

bool moves_to(long instance, int number, int flags)
{
	long moved = -EBUSY; // while another thread is opening something under that number
	while (moved == -EBUSY)
		moved = kernel_call(SYS_dup3, instance, number, flags);
	return moved >= 0;
}

/*
 * The device has the lowest free number, where the instance belongs: put it there, which closes
 * the device. Unless a lower one has become free since, or this very one, because somebody closed
 * the device under our feet. Two numbers never outlive an exec by another thread.
 */
long create_in_place_of(int device, int flags)
{
	const long instance = device::create_instance(device, EPOLL_CLOEXEC);
	if (instance < 0)
		return instance;
	if (instance > device && moves_to(instance, device, flags)) {
		kernel_call(SYS_close, instance);
		return device;
	}
	if (instance != device)
		kernel_call(SYS_close, device);
	if ((flags & EPOLL_CLOEXEC) == 0)
		kernel_call(SYS_fcntl, instance, F_SETFD, 0);
	return instance;
}

// -EBADF when somebody closed the device's number, which is not theirs, before it was used.
long create_on(long device, int flags)
{
	const int fd = static_cast<int>(device);
	long result = device::check(fd);
	if (result == 0)
		result = create_in_place_of(fd, flags);
	if (result == -EMFILE)
		if (const spare_number spare; spare.granted())
			result = create_in_place_of(fd, flags);
	if (result >= 0)
		return result;
	if (result != -EBADF)
		kernel_call(SYS_close, device);
	return result;
}

long create_on_open_device(int flags)
{
	long result = -EBADF;
	while (result == -EBADF) {
		const long device = device::open();
		if (device < 0)
			return device;
		result = create_on(device, flags);
	}
	return result;
}

long create_without_device(long error, int flags)
{
	const int why = static_cast<int>(-error);
	if (settings::device_is_required()) {
		tell_once_that_device_is_missing(
			why, "MYEPOLL_PRELOAD=require, so epoll_create fails");
		return error;
	}
	tell_once_that_device_is_missing(why, "going on with the kernel's epoll");
	return kernel_call(SYS_epoll_create1, flags);
}

} // namespace

long create(int size) { return size > 0 ? create1(0) : -EINVAL; }

long create1(int flags)
{
	if ((flags & ~EPOLL_CLOEXEC) != 0)
		return -EINVAL;
	const long result = create_on_open_device(flags);
	if (result >= 0 || is_shortage(result))
		return result;
	if (const int kept = device::kept(); kept >= 0 && device::check(kept) == 0) {
		const long made = device::create_instance(kept, flags);
		// Not the device any more, but an instance that has its number.
		if (made != -ENOTTY)
			return made;
	}
	return create_without_device(result, flags);
}

} // namespace preload
