// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_SRC_IOCTL_HPP
#define MYEPOLL_SRC_IOCTL_HPP

#include <csignal>

#include <chrono>
#include <optional>
#include <span>
#include <system_error>

#include <myepoll/event.hpp>
#include <myepoll/info.hpp>
#include <myepoll/interest.hpp>

/*
 * The only place that knows the module's ioctls and their structs. Each function is one ioctl and
 * returns what that gives, or its errno below 0: an error code is more than a success should cost.
 */
namespace myepoll::ioctls {

enum class operation { add, modify, remove };

int info(int device, module_info& loaded) noexcept;

/** Returns the new instance's descriptor. */
int create(int device) noexcept;

int ctl(int fd, operation op, int target, event wanted) noexcept;

/** `mask` may be null. Returns the number of events. */
int wait(int fd, std::span<event> buffer, std::optional<std::chrono::nanoseconds> limit,
	 const sigset_t* mask) noexcept;

/** What a result says, as an error code: none if it is not below 0. */
inline std::error_code error_of(int result) noexcept
{
	return {result < 0 ? -result : 0, std::system_category()};
}

} // namespace myepoll::ioctls

#endif
