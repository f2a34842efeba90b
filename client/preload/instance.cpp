// SPDX-License-Identifier: MIT
#include "instance.hpp"

#include <sys/syscall.h>

#include <algorithm>
#include <climits>
#include <cstdint>

#include <linux/myepoll.h>

#include "kernel_call.hpp"
#include "memcheck.hpp"

namespace preload {
namespace {

std::uint64_t address(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

// Makes a second call only after a failure. EINTR needs none: it comes from a wait, so from an
// instance, which may have been closed since.
bool is_no_answer_of_an_instance(int epfd, long result)
{
	if (result >= 0 || result == -EINTR)
		return false;
	myepoll_info info;
	return result == -ENOTTY || kernel_call(SYS_ioctl, epfd, MYEPOLL_IOC_INFO, &info) < 0;
}

myepoll_wait request(const epoll_event* events, int maxevents, const void* sigmask,
		     std::size_t sigsetsize)
{
	return {
		.events = address(events),
		.maxevents = maxevents,
		.flags = 0,
		.timeout_ns = 0,
		.sigmask = address(sigmask),
		// Truncation must not turn a wrong size into the right one.
		.sigsetsize = static_cast<__u32>(std::min<std::size_t>(sigsetsize, UINT_MAX)),
		.pad = 0,
	};
}

} // namespace

long ctl(int epfd, int op, int fd, epoll_event* event)
{
	const myepoll_ctl argument{.op = op, .fd = fd, .event = address(event)};
	const long result = kernel_call(SYS_ioctl, epfd, MYEPOLL_IOC_CTL, &argument);
	if (is_no_answer_of_an_instance(epfd, result))
		return kernel_call(SYS_epoll_ctl, epfd, op, fd, event);
	return result;
}

long wait(int epfd, epoll_event* events, int maxevents, int timeout_ms, const void* sigmask,
	  std::size_t sigsetsize)
{
	constexpr std::int64_t ns_per_ms = 1'000'000;
	myepoll_wait argument = request(events, maxevents, sigmask, sigsetsize);
	argument.timeout_ns = timeout_ms < 0 ? -1 : timeout_ms * ns_per_ms;
	const long result = kernel_call(SYS_ioctl, epfd, MYEPOLL_IOC_WAIT, &argument);
	if (is_no_answer_of_an_instance(epfd, result))
		return kernel_call(SYS_epoll_pwait, epfd, events, maxevents, timeout_ms, sigmask,
				   sigsetsize);
	memcheck::events_are_written(events, result);
	return result;
}

long wait_until(int epfd, epoll_event* events, int maxevents, const timespec* timeout,
		const void* sigmask, std::size_t sigsetsize)
{
	static_assert(sizeof(timespec) == 16, "the layout of the kernel's 64-bit struct");
	myepoll_wait argument = request(events, maxevents, sigmask, sigsetsize);
	argument.flags = MYEPOLL_WAIT_TIMESPEC;
	argument.timeout_ns = static_cast<std::int64_t>(address(timeout));
	const long result = kernel_call(SYS_ioctl, epfd, MYEPOLL_IOC_WAIT, &argument);
	if (is_no_answer_of_an_instance(epfd, result))
		return kernel_call(SYS_epoll_pwait2, epfd, events, maxevents, timeout, sigmask,
				   sigsetsize);
	memcheck::events_are_written(events, result);
	return result;
}

} // namespace preload
