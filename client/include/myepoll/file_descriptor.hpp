// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_FILE_DESCRIPTOR_HPP
#define MYEPOLL_FILE_DESCRIPTOR_HPP

#include <myepoll/language.hpp>

#include <unistd.h>

#include <utility>

namespace myepoll {

/**
 * Owns one file descriptor and closes it exactly once. Empty (-1) by default and after a move.
 */
class file_descriptor {
public:
	/** Owns nothing. */
	constexpr file_descriptor() noexcept = default;

	/** Takes ownership of @p fd; any negative value means empty. */
	constexpr explicit file_descriptor(int fd) noexcept : fd_{fd < 0 ? -1 : fd} {}

	constexpr file_descriptor(file_descriptor&& other) noexcept : fd_{other.release()} {}

	file_descriptor& operator=(file_descriptor&& other) noexcept
	{
		reset(other.release());
		return *this;
	}

	file_descriptor(const file_descriptor&) = delete;
	file_descriptor& operator=(const file_descriptor&) = delete;

	~file_descriptor() { reset(); }

	/** The descriptor, still owned here; -1 when empty. */
	[[nodiscard]] constexpr int get() const noexcept { return fd_; }

	/** Whether there is something to close. */
	[[nodiscard]] constexpr explicit operator bool() const noexcept { return fd_ != -1; }

	/** Returns the descriptor without closing it; the caller owns it now. */
	[[nodiscard]] constexpr int release() noexcept { return std::exchange(fd_, -1); }

	/** Closes the descriptor, ignoring the result of close(2), and takes ownership of @p fd. */
	void reset(int fd = -1) noexcept
	{
		const int old = std::exchange(fd_, fd < 0 ? -1 : fd);
		if (old != -1)
			::close(old);
	}

private:
	int fd_ = -1;
};

} // namespace myepoll

#endif
