// SPDX-License-Identifier: GPL-2.0-only
// A file descriptor with one owner.
#pragma once

#include <unistd.h>

#include <utility>

namespace support {

class unique_fd {
public:
	unique_fd() noexcept = default;
	explicit unique_fd(int fd) noexcept : fd_{fd} {}
	unique_fd(unique_fd&& other) noexcept : fd_{other.release()} {}
	unique_fd& operator=(unique_fd&& other) noexcept
	{
		if (this != &other) {
			close();
			fd_ = other.release();
		}
		return *this;
	}
	~unique_fd() { close(); }

	// Implicit, because tests pass descriptors to system calls all the time.
	operator int() const noexcept { return fd_; }

	int release() noexcept { return std::exchange(fd_, -1); }
	void close() noexcept
	{
		if (fd_ >= 0)
			::close(release());
	}

private:
	int fd_ = -1;
};

} // namespace support
