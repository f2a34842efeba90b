// SPDX-License-Identifier: MIT
#include "ioctl.hpp"

#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <limits>

#include <linux/myepoll.h>

namespace myepoll::ioctls {
namespace {

// libc's sigset_t is larger; the kernel reads only the front of it.
constexpr std::uint32_t kernel_sigset_size = 8;
static_assert(sizeof(sigset_t) >= kernel_sigset_size);

int call(int fd, unsigned long request, void* argument) noexcept
{
	const int result = ::ioctl(fd, request, argument);
	return result < 0 ? -errno : result;
}

std::uint64_t address(const void* pointer) noexcept
{
	return reinterpret_cast<std::uintptr_t>(pointer);
}

int number(operation op) noexcept
{
	switch (op) {
	case operation::add:
		return MYEPOLL_CTL_ADD;
	case operation::modify:
		return MYEPOLL_CTL_MOD;
	case operation::remove:
		break;
	}
	return MYEPOLL_CTL_DEL;
}

// A duration that has run out must not turn into the module's "below 0 for ever".
std::int64_t to_timeout_ns(std::optional<std::chrono::nanoseconds> limit) noexcept
{
	static_assert(std::numeric_limits<std::chrono::nanoseconds::rep>::digits == 63);
	return limit ? std::max<std::int64_t>(limit->count(), 0) : -1;
}

// The module refuses a larger maxevents; a longer buffer is no error, its tail is just not used.
std::int32_t to_maxevents(std::size_t size) noexcept
{
	constexpr std::size_t most = INT_MAX / sizeof(event);
	return static_cast<std::int32_t>(std::min(size, most));
}

} // namespace

int info(int device, module_info& loaded) noexcept
{
	myepoll_info info{};
	const int result = call(device, MYEPOLL_IOC_INFO, &info);
	loaded = {.abi_version = info.abi_version,
		  .event_size = info.event_size,
		  .features = info.features};
	return result;
}

int create(int device) noexcept
{
	myepoll_create create{.flags = MYEPOLL_CREATE_CLOEXEC, .pad = 0};
	return call(device, MYEPOLL_IOC_CREATE, &create);
}

int ctl(int fd, operation op, int target, event wanted) noexcept
{
	myepoll_ctl ctl{.op = number(op), .fd = target, .event = address(&wanted)};
	return call(fd, MYEPOLL_IOC_CTL, &ctl);
}

int wait(int fd, std::span<event> buffer, std::optional<std::chrono::nanoseconds> limit,
	 const sigset_t* mask) noexcept
{
	myepoll_wait wait{
		.events = address(buffer.data()),
		.maxevents = to_maxevents(buffer.size()),
		.flags = 0,
		.timeout_ns = to_timeout_ns(limit),
		.sigmask = address(mask),
		.sigsetsize = kernel_sigset_size,
		.pad = 0,
	};
	return call(fd, MYEPOLL_IOC_WAIT, &wait);
}

} // namespace myepoll::ioctls
