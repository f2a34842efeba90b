// SPDX-License-Identifier: GPL-2.0-only
// libc's functions: the kernel's epoll, or with the preload library myepoll.
#pragma once

#include "bench/call.hpp"

#include <sys/epoll.h>

#include <myepoll/file_descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bench {

class epoll_set {
public:
	explicit epoll_set(std::size_t most_events = 64)
		: fd_{create()}, events_(most_events)
	{
	}

	void add(int fd, std::uint32_t wanted) { control(EPOLL_CTL_ADD, fd, wanted); }
	void modify(int fd, std::uint32_t wanted) { control(EPOLL_CTL_MOD, fd, wanted); }
	void remove(int fd) { control(EPOLL_CTL_DEL, fd, 0); }

	// Each returns how many are ready.
	std::size_t look() { return wait_for(events_, 0).size(); }
	std::size_t wait() { return wait_for(events_, -1).size(); }

	// For several waiters, each with a buffer of its own. Returns what is ready.
	using result = epoll_event;
	std::span<result> wait(std::span<result> buffer) { return wait_for(buffer, -1); }
	static int fd_of(const result& of) noexcept { return of.data.fd; }

	static void create_and_close() { create(); }

	int fd() const noexcept { return fd_.get(); }

private:
	static myepoll::file_descriptor create()
	{
		return myepoll::file_descriptor{checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")};
	}

	void control(int operation, int fd, std::uint32_t wanted)
	{
		epoll_event event{.events = wanted, .data = {.fd = fd}};
		checked(epoll_ctl(fd_.get(), operation, fd, &event), "epoll_ctl");
	}

	std::span<result> wait_for(std::span<result> buffer, int milliseconds)
	{
		const int count = epoll_wait(fd_.get(), buffer.data(), static_cast<int>(buffer.size()), milliseconds);
		return buffer.first(static_cast<std::size_t>(checked(count, "epoll_wait")));
	}

	myepoll::file_descriptor fd_;
	std::vector<epoll_event> events_;
};

} // namespace bench
