// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_SRC_IOCTL_HPP
#define MYEPOLL_SRC_IOCTL_HPP

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstddef>
#include <csignal>
#include <limits>
#include <optional>
#include <span>
#include <system_error>

#include <linux/myepoll.h>
#include <myepoll/change_list.hpp>
#include <myepoll/event.hpp>
#include <myepoll/info.hpp>
#include <myepoll/interest.hpp>

/*
 * The only place that knows the module's ioctls and their structs. Each function makes one ioctl and
 * returns its result or -errno, which costs less on success than a std::error_code. Inline for the
 * same reason.
 */
namespace myepoll::ioctls {

/**
 * ioctl(2) without libc, whose function takes a variable number of arguments and needs 20 instructions
 * more. A file of its own, for tests to replace.
 */
[[gnu::visibility("hidden")]] int call(int fd, unsigned long request, void* argument) noexcept;

inline std::uint64_t address(const void* pointer) noexcept
{
	return reinterpret_cast<std::uintptr_t>(pointer);
}

/** The error code of a result; no error unless it is negative. */
inline std::error_code error_of(int result) noexcept
{
	return {result < 0 ? -result : 0, std::system_category()};
}

[[gnu::cold, gnu::noinline]] inline std::size_t report_failure(int result, std::error_code& error) noexcept
{
	error = error_of(result);
	return 0;
}

/** Sets or clears an error code. Returns how many events there are. */
inline std::size_t report(int result, std::error_code& error) noexcept
{
	if (result < 0) [[unlikely]]
		return report_failure(result, error);
	// Keeps the category: to get that of the system takes a call.
	error.assign(0, error.category());
	return static_cast<std::size_t>(result);
}

inline int info(int device, module_info& loaded) noexcept
{
	myepoll_info info{};
	const int result = call(device, MYEPOLL_IOC_INFO, &info);
	loaded = {.abi_version = info.abi_version,
		  .event_size = info.event_size,
		  .features = info.features};
	return result;
}

/** The number of an instance, or 0 if it is none or the module does not tell. */
inline std::uint64_t instance_number(int fd) noexcept
{
	myepoll_info info{};
	return call(fd, MYEPOLL_IOC_INFO, &info) < 0 ? 0 : info.instance;
}

inline int snapshot(int fd, myepoll_snapshot& page) noexcept
{
	return call(fd, MYEPOLL_IOC_SNAPSHOT, &page);
}

/** Returns the new instance's descriptor. */
inline int create(int device) noexcept
{
	myepoll_create create{.flags = MYEPOLL_CREATE_CLOEXEC, .pad = 0};
	return call(device, MYEPOLL_IOC_CREATE, &create);
}

enum class operation : std::int32_t {
	add = MYEPOLL_CTL_ADD,
	modify = MYEPOLL_CTL_MOD,
	remove = MYEPOLL_CTL_DEL,
};

inline int ctl(int fd, operation op, int target, event wanted) noexcept
{
	myepoll_ctl ctl{.op = static_cast<std::int32_t>(op), .fd = target, .event = address(&wanted)};
	return call(fd, MYEPOLL_IOC_CTL, &ctl);
}

/** The same for an item whose events go through the ring. */
inline int ctl_on_ring(int fd, operation op, int target, event wanted) noexcept
{
	myepoll_change_entry entry{.op = static_cast<std::int32_t>(op),
				   .fd = target,
				   .events = static_cast<std::uint32_t>(wanted.ready),
				   .flags = MYEPOLL_ENTRY_RING,
				   .data = wanted.data,
				   .result = 0,
				   .pad = 0};
	myepoll_change argument{.entries = address(&entry), .count = 1, .flags = 0, .tried = 0, .pad = 0, .wait = {}};
	const int result = call(fd, MYEPOLL_IOC_CHANGE, &argument);
	return result < 0 ? result : entry.result;
}

/** `mask` may be null. */
inline myepoll_wait wait_argument(std::span<event> buffer, std::optional<std::chrono::nanoseconds> limit,
				  const sigset_t* mask) noexcept
{
	// The module refuses a larger maxevents. A longer buffer is no error; its end is not used.
	constexpr std::size_t most = INT_MAX / sizeof(event);
	// libc's sigset_t is larger; the kernel reads only the front of it.
	constexpr std::uint32_t kernel_sigset_size = 8;
	static_assert(sizeof(sigset_t) >= kernel_sigset_size);
	static_assert(std::numeric_limits<std::chrono::nanoseconds::rep>::digits == 63);

	return {
		.events = address(buffer.data()),
		.maxevents = static_cast<std::int32_t>(std::min(buffer.size(), most)),
		.flags = 0,
		// A negative limit has already passed, but to the module it would mean for ever.
		.timeout_ns = limit ? std::max<std::int64_t>(limit->count(), 0) : -1,
		.sigmask = address(mask),
		.sigsetsize = mask == nullptr ? 0 : kernel_sigset_size,
		.pad = 0,
	};
}

/** The events that a call has written. From its argument, which is at hand after it, unlike the buffer. */
inline std::span<event> delivered(const myepoll_wait& argument, std::size_t count) noexcept
{
	// NOLINTNEXTLINE(performance-no-int-to-ptr): the ABI has addresses as numbers.
	return {reinterpret_cast<event*>(static_cast<std::uintptr_t>(argument.events)), count};
}

/** Returns the number of events. */
inline int wait(int fd, myepoll_wait& wait) noexcept
{
	return call(fd, MYEPOLL_IOC_WAIT, &wait);
}

/** Waits beside a ring that was found empty at a sequence number. */
inline int wait_beside_ring(int fd, myepoll_wait& wait, std::uint32_t seen) noexcept
{
	wait.flags |= MYEPOLL_WAIT_RING;
	wait.pad = seen;
	return call(fd, MYEPOLL_IOC_WAIT, &wait);
}

/** Returns the descriptor of the new ring. */
inline int ring(int fd, std::uint32_t slots) noexcept
{
	myepoll_ring argument{.slots = slots, .flags = MYEPOLL_RING_CLOEXEC, .pad = 0};
	return call(fd, MYEPOLL_IOC_RING, &argument);
}

static_assert(change::on_ring == MYEPOLL_ENTRY_RING);
static_assert(sizeof(change) == sizeof(myepoll_change_entry));
static_assert(offsetof(change, target) == offsetof(myepoll_change_entry, fd));
static_assert(offsetof(change, wanted) == offsetof(myepoll_change_entry, events));
static_assert(offsetof(change, data) == offsetof(myepoll_change_entry, data));
static_assert(offsetof(change, result) == offsetof(myepoll_change_entry, result));
static_assert(static_cast<int>(change::operation::set) == MYEPOLL_CHANGE_SET);
static_assert(static_cast<int>(change::operation::drop) == MYEPOLL_CHANGE_DROP);

inline myepoll_change change_argument(std::span<const change> changes, const myepoll_wait& wait) noexcept
{
	return {
		.entries = address(changes.data()),
		.count = static_cast<std::uint32_t>(changes.size()),
		.flags = MYEPOLL_CHANGE_NO_SLEEP_AFTER_ERROR,
		.tried = 0,
		.pad = 0,
		.wait = wait,
	};
}

/** Waits as well, if there is room for events. Returns their number. */
inline int apply(int fd, myepoll_change& argument) noexcept
{
	return call(fd, MYEPOLL_IOC_CHANGE, &argument);
}

} // namespace myepoll::ioctls

#endif
