// SPDX-License-Identifier: GPL-2.0-only
// An epoll or myepoll instance, in the form in which most tests use it.
#pragma once

#include "support/backend.hpp"
#include "support/fd.hpp"

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <ostream>
#include <vector>

namespace support {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds for_ever{-1};

struct event {
	template <typename Data>
	event(std::uint32_t mask_, const Data& data_) : mask{mask_}, data{static_cast<std::uint64_t>(data_)}
	{
	}
	std::uint32_t mask;
	std::uint64_t data;
	// Taken from a ring: the mask may lack bits that are set by now.
	bool is_hint = false;
	bool operator==(const event& other) const
	{
		const bool is_equal = mask == other.mask || (is_hint && is_part(mask, other.mask)) ||
				      (other.is_hint && is_part(other.mask, mask));
		return is_equal && data == other.data;
	}

private:
	static bool is_part(std::uint32_t some, std::uint32_t all) { return some != 0 && (some & ~all) == 0; }
};

// What a wait returned: its result or -errno, and the events it wrote.
struct delivery {
	long result = 0;
	std::vector<event> events;
};

std::ostream& operator<<(std::ostream& out, const event& e);
std::ostream& operator<<(std::ostream& out, const delivery& d);

class event_set {
public:
	// Throws std::system_error if the instance cannot be created.
	explicit event_set(backend which, int flags = EPOLL_CLOEXEC);
	// Takes over an instance that was obtained otherwise: duplicated, received in a message, inherited.
	event_set(backend which, unique_fd instance) noexcept;

	backend which() const noexcept { return which_; }
	const unique_fd& fd() const noexcept { return fd_; }
	void close() noexcept { fd_.close(); }

	// Result or -errno. The data of an event defaults to the descriptor.
	long add(int fd, std::uint32_t mask) const;
	long add(int fd, std::uint32_t mask, std::uint64_t data) const;
	long mod(int fd, std::uint32_t mask) const;
	long mod(int fd, std::uint32_t mask, std::uint64_t data) const;
	long del(int fd) const;
	long ctl(int op, int fd, const void* event) const;

	// Without arguments: what is ready now.
	delivery wait(std::chrono::milliseconds timeout = 0ms, int maxevents = 16) const;

	long wait(void* events, int maxevents, int timeout_ms) const;
	long pwait(void* events, int maxevents, int timeout_ms, const void* sigmask,
		   std::size_t sigsetsize) const;
	long pwait2(void* events, int maxevents, std::int64_t timeout_ns, const void* sigmask,
		    std::size_t sigsetsize) const;

private:
	long ctl_with(int op, int fd, std::uint32_t mask, std::uint64_t data) const;

	backend which_;
	unique_fd fd_;
};

} // namespace support
