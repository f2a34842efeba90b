// SPDX-License-Identifier: GPL-2.0-only
#include "support/backend.hpp"

#include "support/by_ring.hpp"
#include "support/kernel_call.hpp"
#include "support/memory.hpp"
#include "support/report.hpp"
#include "support/signals.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/myepoll.h>
#include <linux/time_types.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace support {
namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::int64_t ns_per_s = 1'000'000'000;
constexpr int first_high_number = 500;

long or_errno(long result) { return result < 0 ? -errno : result; }

// Makes a CHANGE of one entry. A result that the call does not write is EPROTO, as is a wrong number of tried entries.
long change_one(int epfd, myepoll_change_entry& entry, const myepoll_wait& wait)
{
	myepoll_change argument{};
	argument.entries = address(&entry);
	argument.count = 1;
	argument.wait = wait;
	const long result = raw::ioctl(epfd, MYEPOLL_IOC_CHANGE, &argument);
	return result >= 0 && argument.tried != 1 ? -EPROTO : result;
}

// An entry has the event itself, not its address, and ops that CTL does not have.
bool can_be_an_entry(int op, const void* event)
{
	return op == EPOLL_CTL_DEL || (op != MYEPOLL_CHANGE_SET && op != MYEPOLL_CHANGE_DROP &&
				       is_present(event, sizeof(epoll_event), MADV_POPULATE_READ));
}

long ctl_by_change(int epfd, int op, int fd, const void* event, __u32 flags)
{
	myepoll_change_entry entry{};
	entry.op = op;
	entry.fd = fd;
	entry.flags = flags;
	entry.result = -EPROTO;
	if (op != EPOLL_CTL_DEL) {
		epoll_event given;
		std::memcpy(&given, event, sizeof(given));
		entry.events = given.events;
		entry.data = given.data.u64;
	}
	const long result = change_one(epfd, entry, {});
	return result < 0 ? result : entry.result;
}

// Its only entry fails, as it is expected to, so that it has no effect.
long wait_by_change(int epfd, const myepoll_wait& wait)
{
	myepoll_change_entry entry{};
	entry.op = MYEPOLL_CHANGE_DROP;
	entry.fd = -1;
	entry.result = -EBADF;
	return change_one(epfd, entry, wait);
}

// The timeout is in nanoseconds, or with MYEPOLL_WAIT_TIMESPEC an address.
long myepoll_wait_ioctl(backend which, int epfd, void* events, int maxevents, __u32 flags, std::int64_t timeout,
			const void* sigmask, std::size_t sigsetsize)
{
	myepoll_wait argument{};
	argument.events = address(events);
	argument.maxevents = maxevents;
	argument.flags = flags;
	argument.timeout_ns = timeout;
	argument.sigmask = address(sigmask);
	argument.sigsetsize = static_cast<__u32>(sigsetsize);
	// A CHANGE without room does not wait.
	if (which == backend::change && maxevents != 0)
		return wait_by_change(epfd, argument);
	if (which == backend::ring)
		return by_ring::wait(epfd, argument);
	return raw::ioctl(epfd, MYEPOLL_IOC_WAIT, &argument);
}

// libc's functions take a non-const pointer even where they only read.
epoll_event* libc_events(const void* events)
{
	return static_cast<epoll_event*>(const_cast<void*>(events));
}

std::int64_t to_ns(int timeout_ms) { return timeout_ms < 0 ? -1 : timeout_ms * ns_per_ms; }

bool is_set(const char* variable)
{
	const char* const value = std::getenv(variable);
	return value != nullptr && std::strcmp(value, "1") == 0;
}

} // namespace

const char* name_of(backend which)
{
	switch (which) {
	case backend::epoll:
		return "epoll";
	case backend::myepoll:
		return "myepoll";
	case backend::change:
		return "change";
	case backend::ring:
		return "ring";
	case backend::preload:
		break;
	}
	return "preload";
}

std::vector<backend> backends_under_test()
{
	if (dlopen("libmyepoll-preload.so", RTLD_LAZY | RTLD_NOLOAD) != nullptr)
		return {backend::preload};
	if (is_set("MYEPOLL_BY_CHANGE"))
		return {backend::change};
	if (is_set("MYEPOLL_BY_RING"))
		return {backend::ring};
	return {backend::epoll, backend::myepoll};
}

bool is_instance(int fd)
{
	myepoll_info info{};
	if (raw::ioctl(fd, MYEPOLL_IOC_INFO, &info) < 0)
		return false;
	// Only the device implements CREATE, which fails with another error without an argument.
	return raw::ioctl(fd, MYEPOLL_IOC_CREATE, nullptr) == -ENOTTY;
}

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

bool myepoll_is_required() { return is_set("MYEPOLL_REQUIRED"); }

namespace raw {

long ioctl(int fd, unsigned long request, const void* argument)
{
	return or_errno(::ioctl(fd, request, argument));
}

long create(backend which, int flags)
{
	if (which == backend::epoll)
		return kernel_call(SYS_epoll_create1, flags);
	if (which == backend::preload)
		return or_errno(epoll_create1(flags));
	myepoll_create argument{};
	argument.flags = static_cast<__u32>(flags);
	const long made = raw::ioctl(myepoll_device(), MYEPOLL_IOC_CREATE, &argument);
	if (which == backend::ring && made >= 0)
		by_ring::attach(static_cast<int>(made));
	return made;
}

long ctl(backend which, int epfd, int op, int fd, const void* event)
{
	if (which == backend::epoll)
		return kernel_call(SYS_epoll_ctl, epfd, op, fd, event);
	if (which == backend::preload)
		return or_errno(epoll_ctl(epfd, op, fd, libc_events(event)));
	if (which == backend::change && can_be_an_entry(op, event))
		return ctl_by_change(epfd, op, fd, event, 0);
	const bool has_interest = which == backend::ring && (op == EPOLL_CTL_ADD || op == EPOLL_CTL_MOD);
	if (has_interest && can_be_an_entry(op, event) && by_ring::wants_ring(epfd, event))
		return ctl_by_change(epfd, op, fd, event, MYEPOLL_ENTRY_RING);
	const myepoll_ctl argument{op, fd, address(event)};
	return raw::ioctl(epfd, MYEPOLL_IOC_CTL, &argument);
}

long wait(backend which, int epfd, void* events, int maxevents, int timeout_ms)
{
	if (which == backend::epoll)
		return kernel_call(SYS_epoll_wait, epfd, events, maxevents, timeout_ms);
	if (which == backend::preload)
		return or_errno(epoll_wait(epfd, libc_events(events), maxevents, timeout_ms));
	return myepoll_wait_ioctl(which, epfd, events, maxevents, 0, to_ns(timeout_ms), nullptr, 0);
}

long pwait(backend which, int epfd, void* events, int maxevents, int timeout_ms,
	   const void* sigmask, std::size_t sigsetsize)
{
	if (which == backend::epoll)
		return kernel_call(SYS_epoll_pwait, epfd, events, maxevents, timeout_ms, sigmask,
				   sigsetsize);
	if (which != backend::preload)
		return myepoll_wait_ioctl(which, epfd, events, maxevents, 0, to_ns(timeout_ms), sigmask,
					  sigsetsize);
	if (sigsetsize == kernel_sigset_size)
		return or_errno(epoll_pwait(epfd, libc_events(events), maxevents, timeout_ms,
					    static_cast<const sigset_t*>(sigmask)));
	return or_errno(syscall(SYS_epoll_pwait, epfd, events, maxevents, timeout_ms, sigmask,
				sigsetsize));
}

long pwait2_timespec(backend which, int epfd, void* events, int maxevents, const void* timeout,
		     const void* sigmask, std::size_t sigsetsize)
{
	if (which == backend::epoll)
		return kernel_call(SYS_epoll_pwait2, epfd, events, maxevents, timeout, sigmask,
				   sigsetsize);
	if (which != backend::preload)
		return myepoll_wait_ioctl(which, epfd, events, maxevents, MYEPOLL_WAIT_TIMESPEC,
					  static_cast<std::int64_t>(address(timeout)), sigmask, sigsetsize);
	if (sigsetsize == kernel_sigset_size)
		return or_errno(epoll_pwait2(epfd, libc_events(events), maxevents,
					     static_cast<const timespec*>(timeout),
					     static_cast<const sigset_t*>(sigmask)));
	return or_errno(syscall(SYS_epoll_pwait2, epfd, events, maxevents, timeout, sigmask,
				sigsetsize));
}

long pwait2(backend which, int epfd, void* events, int maxevents, std::int64_t timeout_ns,
	    const void* sigmask, std::size_t sigsetsize)
{
	// The kernel's type, because libc's timespec has another size in 32-bit programs.
	const __kernel_timespec timeout{timeout_ns / ns_per_s, timeout_ns % ns_per_s};
	return pwait2_timespec(which, epfd, events, maxevents, timeout_ns < 0 ? nullptr : &timeout,
			       sigmask, sigsetsize);
}

} // namespace raw
} // namespace support
