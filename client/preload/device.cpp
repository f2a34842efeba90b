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

// The first with MYEPOLL_WAIT_TIMESPEC.
constexpr unsigned oldest_abi = 2;

std::atomic<int> kept_device = -1;

void close(long fd) { kernel_call(SYS_close, fd); }

bool is_reachable()
{
	const long device = open();
	if (device < 0)
		return false;
	const bool answers = check(static_cast<int>(device)) == 0;
	close(device);
	return answers;
}

// Out of the way of programs that count on low numbers, but not so high that the kernel has to
// make the table of descriptors much larger.
long move_up(long fd)
{
	constexpr rlim_t usual_limit = 1024;
	constexpr rlim_t places = 16;
	rlimit limit{};
	kernel_call(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, &limit);
	const rlim_t end = std::min(limit.rlim_cur, usual_limit);
	const long up = kernel_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, end > places ? end - places : 0);
	if (up < 0)
		return fd;
	close(fd);
	return up;
}

} // namespace

long open() { return kernel_call(SYS_openat, AT_FDCWD, path_of_device, O_RDONLY | O_CLOEXEC); }

long check(int device)
{
	myepoll_info info{};
	const long failed = kernel_call(SYS_ioctl, device, MYEPOLL_IOC_INFO, &info);
	if (failed < 0)
		return failed;
	const bool fits = info.abi_version >= oldest_abi && info.event_size == sizeof(epoll_event);
	return fits ? 0 : -EPROTONOSUPPORT;
}

long create_instance(int device, int flags)
{
	const myepoll_create create{.flags = static_cast<__u32>(flags), .pad = 0};
	return kernel_call(SYS_ioctl, device, MYEPOLL_IOC_CREATE, &create);
}

int kept() { return kept_device.load(std::memory_order_relaxed); }

long change_root(const char* path)
{
	const long device = open();
	const long result = kernel_call(SYS_chroot, path);
	if (device < 0)
		return result;
	if (result < 0 || check(static_cast<int>(device)) < 0 || is_reachable())
		close(device);
	else
		kept_device.store(static_cast<int>(move_up(device)), std::memory_order_relaxed);
	return result;
}

} // namespace preload::device
