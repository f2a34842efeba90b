// SPDX-License-Identifier: GPL-2.0-only
#include "support/backend.hpp"

#include "support/report.hpp"

#include <fcntl.h>
#include <linux/myepoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace support {
namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::int64_t ns_per_s = 1'000'000'000;
constexpr int first_high_number = 500;

long or_errno(long result) { return result < 0 ? -errno : result; }

std::uint64_t address(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

long myepoll_wait_ioctl(int epfd, void* events, int maxevents, std::int64_t timeout_ns,
			const void* sigmask, std::size_t sigsetsize)
{
	myepoll_wait argument{};
	argument.events = address(events);
	argument.maxevents = maxevents;
	argument.timeout_ns = timeout_ns;
	argument.sigmask = address(sigmask);
	argument.sigsetsize = static_cast<__u32>(sigsetsize);
	return raw::ioctl(epfd, MYEPOLL_IOC_WAIT, &argument);
}

std::int64_t to_ns(int timeout_ms) { return timeout_ms < 0 ? -1 : timeout_ms * ns_per_ms; }

} // namespace

const char* name_of(backend which) { return which == backend::epoll ? "epoll" : "myepoll"; }

int move_to_high_number(int fd)
{
	if (fd < 0)
		return fd;
	const int high = fcntl(fd, F_DUPFD_CLOEXEC, first_high_number);
	close(fd);
	return high;
}

int myepoll_device()
{
	static const int device = [] {
		const int fd = open("/dev/myepoll", O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		const int high = move_to_high_number(fd);
		keep_open(high);
		return high;
	}();
	return device;
}

namespace raw {

long ioctl(int fd, unsigned long request, const void* argument)
{
	return or_errno(::ioctl(fd, request, argument));
}

long create(backend which, int flags)
{
	if (which == backend::epoll)
		return or_errno(syscall(SYS_epoll_create1, flags));
	myepoll_create argument{};
	argument.flags = static_cast<__u32>(flags);
	return raw::ioctl(myepoll_device(), MYEPOLL_IOC_CREATE, &argument);
}

long ctl(backend which, int epfd, int op, int fd, const void* event)
{
	if (which == backend::epoll)
		return or_errno(syscall(SYS_epoll_ctl, epfd, op, fd, event));
	const myepoll_ctl argument{op, fd, address(event)};
	return raw::ioctl(epfd, MYEPOLL_IOC_CTL, &argument);
}

long wait(backend which, int epfd, void* events, int maxevents, int timeout_ms)
{
	if (which == backend::epoll)
		return or_errno(syscall(SYS_epoll_wait, epfd, events, maxevents, timeout_ms));
	return myepoll_wait_ioctl(epfd, events, maxevents, to_ns(timeout_ms), nullptr, 0);
}

long pwait(backend which, int epfd, void* events, int maxevents, int timeout_ms,
	   const void* sigmask, std::size_t sigsetsize)
{
	if (which == backend::epoll)
		return or_errno(syscall(SYS_epoll_pwait, epfd, events, maxevents, timeout_ms,
					sigmask, sigsetsize));
	return myepoll_wait_ioctl(epfd, events, maxevents, to_ns(timeout_ms), sigmask, sigsetsize);
}

long pwait2(backend which, int epfd, void* events, int maxevents, std::int64_t timeout_ns,
	    const void* sigmask, std::size_t sigsetsize)
{
	if (which == backend::myepoll)
		return myepoll_wait_ioctl(epfd, events, maxevents, timeout_ns, sigmask, sigsetsize);
	const timespec timeout{timeout_ns / ns_per_s, timeout_ns % ns_per_s};
	return or_errno(syscall(SYS_epoll_pwait2, epfd, events, maxevents,
				timeout_ns < 0 ? nullptr : &timeout, sigmask, sigsetsize));
}

} // namespace raw
} // namespace support
