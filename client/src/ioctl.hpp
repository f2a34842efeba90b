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
 * The only place that knows the module's ioctls and their structs. Each function is one ioctl;
 * a failure is its errno in `error`, which is cleared otherwise.
 */
namespace myepoll::ioctls {

enum class operation { add, modify, remove };

module_info info(int device, std::error_code& error) noexcept;

/** Returns the new instance's descriptor, or -1. */
int create(int device, std::error_code& error) noexcept;

void ctl(int fd, operation op, int target, event wanted, std::error_code& error) noexcept;

/** `mask` may be null. */
std::span<event> wait(int fd, std::span<event> buffer,
		      std::optional<std::chrono::nanoseconds> limit, const sigset_t* mask,
		      std::error_code& error) noexcept;

} // namespace myepoll::ioctls

#endif
