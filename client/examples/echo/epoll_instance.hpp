// SPDX-License-Identifier: MIT
#ifndef ECHO_EPOLL_INSTANCE_HPP
#define ECHO_EPOLL_INSTANCE_HPP

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <system_error>

#include <myepoll/event.hpp>
#include <myepoll/file_descriptor.hpp>

namespace echo {

/** The kernel's own epoll with the interface of myepoll::instance that the echo server needs. */
class epoll_instance {
public:
	epoll_instance() : fd_{::epoll_create1(EPOLL_CLOEXEC)}
	{
		if (!fd_)
			throw std::system_error(errno, std::system_category(), "epoll_create1");
	}

	[[nodiscard]] int fd() const noexcept { return fd_.get(); }

	void add(int target, myepoll::interest wanted, std::uint64_t data, std::error_code& error) noexcept
	{
		control(EPOLL_CTL_ADD, target, {wanted, data}, error);
	}

	void modify(int target, myepoll::interest wanted, std::uint64_t data, std::error_code& error) noexcept
	{
		control(EPOLL_CTL_MOD, target, {wanted, data}, error);
	}

	std::span<myepoll::event> wait(std::span<myepoll::event> buffer,
				       std::optional<std::chrono::nanoseconds> limit,
				       std::error_code& error) noexcept
	{
		timespec time{};
		if (limit) {
			const auto left = std::max(*limit, std::chrono::nanoseconds::zero());
			time.tv_sec = left / std::chrono::seconds{1};
			time.tv_nsec = (left % std::chrono::seconds{1}).count();
		}
		const int count = ::epoll_pwait2(fd(), reinterpret_cast<epoll_event*>(buffer.data()),
						 static_cast<int>(buffer.size()),
						 limit ? &time : nullptr, nullptr);
		error.assign(count < 0 ? errno : 0, std::system_category());
		return buffer.first(static_cast<std::size_t>(std::max(count, 0)));
	}

private:
	void control(int operation, int target, myepoll::event event, std::error_code& error) noexcept
	{
		const int result =
			::epoll_ctl(fd(), operation, target, reinterpret_cast<epoll_event*>(&event));
		error.assign(result < 0 ? errno : 0, std::system_category());
	}

	myepoll::file_descriptor fd_;
};

} // namespace echo

#endif
