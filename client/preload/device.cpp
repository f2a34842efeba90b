// SPDX-License-Identifier: MIT
#include "device.hpp"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <fcntl.h>

#include <algorithm>
#include <atomic>

#include <linux/myepoll.h>

#include "kernel_call.hpp"

namespace preload::device {
namespace {

constexpr const char* path_of_device = "/dev/myepoll";

std::atomic<int> kept_device = -1;
std::atomic<unsigned> abi_of_module = 0;

void close(long fd) { kernel_call(SYS_close, fd); }

// Checks that this library can work with the module: 0 or -errno. Succeeds on an instance as well.
long check(long device)
{
	myepoll_info info{};
	const long failed = kernel_call(SYS_ioctl, device, MYEPOLL_IOC_INFO, &info);
	if (failed < 0)
		return failed;
	abi_of_module = info.abi_version;
	const bool fits = info.abi_version >= oldest_abi && info.event_size == sizeof(epoll_event);
	return fits ? 0 : -EPROTONOSUPPORT;
}

// Out of the way of programs that rely on low descriptors, but not so high that the kernel has to
// enlarge the descriptor table much.
long high_number()
{
	constexpr rlim_t usual_limit = 1024;
	constexpr rlim_t places = 16;
	rlimit limit{};
	kernel_call(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, &limit);
	const rlim_t end = std::min(limit.rlim_cur, usual_limit);
	return static_cast<long>(end > places ? end - places : 0);
}

// Always upwards: the lowest free descriptor is for the instance.
long move_up(long fd)
{
	long up = kernel_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, std::max(high_number(), fd + 1));
	if (up == -EMFILE)
		up = kernel_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, fd + 1);
	close(fd);
	// F_DUPFD fails with EINVAL if its minimum is not below the limit.
	return up == -EINVAL ? -EMFILE : up;
}

// -EBADF if the program closed the descriptor, which is not its own, before it was moved.
long open_high()
{
	const long fd = kernel_call(SYS_openat, AT_FDCWD, path_of_device, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fd;
	const long up = move_up(fd);
	if (up < 0)
		return up;
	if (const long failed = check(up); failed < 0) {
		close(up);
		return failed;
	}
	return up;
}

} // namespace

unsigned found_abi() { return abi_of_module; }

long get()
{
	for (;;) {
		int kept = kept_device.load();
		if (kept >= 0 && check(kept) == 0)
			return kept;
		const long device = open_high();
		if (device < 0 && device != -EBADF)
			return device;
		if (device >= 0) {
			if (kept_device.compare_exchange_strong(kept, static_cast<int>(device)))
				return device;
			close(device); // another thread was faster
		}
	}
}

long create_instance(int device, int flags)
{
	const myepoll_create create{.flags = static_cast<__u32>(flags), .pad = 0};
	const long made = kernel_call(SYS_ioctl, device, MYEPOLL_IOC_CREATE, &create);
	if (made == -EBADF || made == -ENOTTY) {
		int gone = device;
		kept_device.compare_exchange_strong(gone, -1);
	}
	return made;
}

} // namespace preload::device
