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
 * A set of watched descriptors, like that of epoll_create1(2), implemented by the myepoll module.
 *
 * An instance is a file descriptor and nothing else. Any number of threads may use one at the same
 * time. A watched descriptor leaves the set by itself when it is closed.
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
	 * @throws std::system_error as info() does; EPROTONOSUPPORT when the module does not match
	 * this library; EMFILE, ENFILE or ENOMEM
	 */
	instance();

	/** The same; after an error the instance is empty and every operation fails with EBADF. */
	explicit instance(std::error_code& error) noexcept;

	/** Adopts the descriptor of an existing set, such as one received from another process. */
	explicit instance(file_descriptor fd) noexcept : fd_{std::move(fd)} {}

	/** The descriptor, still owned here; it can itself be polled for interest::in. */
	[[nodiscard]] int fd() const noexcept { return fd_.get(); }

	/**
	 * Starts watching a descriptor.
	 *
	 * @param target the descriptor
	 * @param wanted what to report
	 * @param data returned in each of its events
	 * @throws std::system_error EBADF; EEXIST when it is watched already; EPERM when it cannot be
	 * polled (regular files, directories); EINVAL for the set itself, flags that do not go with
	 * exclusive, or too many wakeup paths from one target; ELOOP for a cycle or too long a chain
	 * of sets, or a set of the kernel's epoll; ENOSPC at the user's limit of watches; ENOMEM
	 */
	void add(int target, interest wanted, std::uint64_t data);
	void add(int target, interest wanted, std::uint64_t data, std::error_code& error) noexcept;

	/**
	 * Changes what is reported about a watched descriptor, and the data. Rearms a oneshot watch;
	 * an edge-triggered one is reported again if it is ready.
	 *
	 * @throws std::system_error as add() does, but ENOENT (not watched) in place of EEXIST
	 */
	void modify(int target, interest wanted, std::uint64_t data);
	void modify(int target, interest wanted, std::uint64_t data, std::error_code& error) noexcept;

	/**
	 * As add() and modify(), but events of the descriptor go through the ring of the set, see event_ring,
	 * if the interest has edge and neither pri nor bands, and the descriptor is no set. A modify() takes
	 * it off the ring again.
	 *
	 * @throws std::system_error as add() and modify() do; EINVAL also when the set has no ring; ENOTTY when
	 * the module is too old
	 */
	void add_on_ring(int target, interest wanted, std::uint64_t data);
	void add_on_ring(int target, interest wanted, std::uint64_t data, std::error_code& error) noexcept;
	void modify_on_ring(int target, interest wanted, std::uint64_t data);
	void modify_on_ring(int target, interest wanted, std::uint64_t data, std::error_code& error) noexcept;

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
	 * @param limit the longest time to wait: zero or less returns at once, and
	 * std::chrono::nanoseconds::max() is as good as std::nullopt
	 * @return the filled front part of @p buffer; empty after a timeout
	 * @throws std::system_error EINTR when a signal handler ran or the process was stopped and
	 * continued; EINVAL for an empty buffer, or when the set has a ring with slots; EFAULT when the buffer cannot be written; for a
	 * descriptor that is not a set of this module, whatever its driver returns, usually ENOTTY
	 */
	std::span<event> wait(std::span<event> buffer, timeout limit = std::nullopt);
	std::span<event> wait(std::span<event> buffer, timeout limit, std::error_code& error) noexcept;

	/** The same, with @p mask as the thread's signal mask during the wait, like epoll_pwait(2). */
	std::span<event> wait(std::span<event> buffer, timeout limit, const sigset_t& mask);
	std::span<event> wait(std::span<event> buffer, timeout limit, const sigset_t& mask,
			      std::error_code& error) noexcept;

private:
	file_descriptor fd_;
};

} // namespace myepoll

#endif
