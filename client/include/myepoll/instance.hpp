// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_INSTANCE_HPP
#define MYEPOLL_INSTANCE_HPP

#include <myepoll/language.hpp>

#include <csignal>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include <myepoll/event.hpp>
#include <myepoll/file_descriptor.hpp>
#include <myepoll/interest.hpp>

namespace myepoll {

/**
 * A set of watched descriptors: what epoll_create1(2) makes, made by the myepoll module.
 *
 * An instance is a file descriptor and nothing else. Any number of threads may use one at the same
 * time. A watched descriptor that is closed leaves the set by itself.
 *
 * Every operation comes in two forms. One throws std::system_error, whose code() is the errno of
 * the failed call and whose what() names the call. The other takes a std::error_code, which it sets
 * on failure and clears on success, and never throws.
 */
class [[gnu::visibility("default")]] instance {
public:
	/** How long to wait; std::nullopt means for ever. */
	using timeout = std::optional<std::chrono::nanoseconds>;

	/**
	 * Creates an empty set through /dev/myepoll, with close-on-exec.
	 *
	 * @throws std::system_error as info() does; EPROTONOSUPPORT when library and module do not
	 * fit together; EMFILE, ENFILE or ENOMEM
	 */
	instance();

	/** The same; after an error the instance is empty and every operation gives EBADF. */
	explicit instance(std::error_code& error) noexcept;

	/** Adopts the descriptor of an existing set, received from another process for example. */
	explicit instance(file_descriptor fd) noexcept : fd_{std::move(fd)} {}

	/** The descriptor, still owned here; it can itself be polled for interest::in. */
	[[nodiscard]] int fd() const noexcept { return fd_.get(); }

	/**
	 * Starts to watch a descriptor.
	 *
	 * @param target the descriptor
	 * @param wanted what to report
	 * @param data comes back in each of its events
	 * @throws std::system_error EBADF; EEXIST when it is watched already; EPERM when it cannot be
	 * polled (regular files, directories); EINVAL for the set itself or for flags that the module
	 * does not support; ELOOP for a set of the kernel's epoll; ENOSPC at the limit of watches of
	 * the user; ENOMEM
	 */
	void add(int target, interest wanted, std::uint64_t data);
	void add(int target, interest wanted, std::uint64_t data, std::error_code& error) noexcept;

	/**
	 * Changes what is reported of a watched descriptor and the data that comes with it. Arms a
	 * oneshot watch again, and reports an edge-triggered one again if it is ready.
	 *
	 * @throws std::system_error as add() does, with ENOENT when it is not watched in place of EEXIST
	 */
	void modify(int target, interest wanted, std::uint64_t data);
	void modify(int target, interest wanted, std::uint64_t data, std::error_code& error) noexcept;

	/**
	 * Stops watching a descriptor.
	 *
	 * @throws std::system_error EBADF; ENOENT when it is not watched; EPERM; EINVAL
	 */
	void remove(int target);
	void remove(int target, std::error_code& error) noexcept;

	/**
	 * Waits until something is ready.
	 *
	 * @param buffer where the events go; at most buffer.size() are delivered
	 * @param limit not to wait longer than this: zero or less only looks, and
	 * std::chrono::nanoseconds::max() is as good as std::nullopt
	 * @return the filled front part of @p buffer; empty when the time is over
	 * @throws std::system_error EINTR when a signal handler ran or the process was stopped and
	 * went on; EINVAL for an empty buffer; EFAULT when the buffer cannot be written; for a
	 * descriptor that is no set of this module whatever its driver says, mostly ENOTTY
	 */
	std::span<event> wait(std::span<event> buffer, timeout limit = std::nullopt);
	std::span<event> wait(std::span<event> buffer, timeout limit, std::error_code& error) noexcept;

	/** The same with @p mask as the thread's signal mask while it waits, as epoll_pwait(2). */
	std::span<event> wait(std::span<event> buffer, timeout limit, const sigset_t& mask);
	std::span<event> wait(std::span<event> buffer, timeout limit, const sigset_t& mask,
			      std::error_code& error) noexcept;

private:
	file_descriptor fd_;
};

} // namespace myepoll

#endif
