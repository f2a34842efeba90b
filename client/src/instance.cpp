// SPDX-License-Identifier: MIT
#include <myepoll/instance.hpp>

#include <algorithm>
#include <cerrno>
#include <string>

#include "device.hpp"
#include "ioctl.hpp"

namespace myepoll {
namespace {

const char* hint_of_add(int result)
{
	switch (-result) {
	case EPERM:
		return " (regular files and directories are always ready and cannot be watched)";
	case ELOOP:
		return " (a set of the kernel's epoll cannot be watched, nor sets in a cycle or nested too deeply)";
	default:
		return "";
	}
}

const char* no_hint(int)
{
	return "";
}

void check(int result, const char* operation, int target, const char* (*hint)(int) = no_hint)
{
	if (result < 0)
		throw std::system_error(ioctls::error_of(result),
					std::string(operation) + " fd " + std::to_string(target) + hint(result));
}

[[noreturn, gnu::cold]] void fail_wait(int result, std::int32_t maxevents)
{
	throw std::system_error(ioctls::error_of(result),
				maxevents == 0 ? "MYEPOLL_IOC_WAIT with an empty buffer" : "MYEPOLL_IOC_WAIT");
}

/* Inline, because there is little beside the call itself. */
[[gnu::always_inline]] inline std::span<event> wait_on(const instance& set, myepoll_wait&& argument)
{
	const int count = ioctls::wait(set.fd(), argument);
	if (count < 0) [[unlikely]]
		fail_wait(count, argument.maxevents);
	return ioctls::delivered(argument, static_cast<std::size_t>(count));
}

[[gnu::always_inline]] inline std::span<event> wait_on(const instance& set, myepoll_wait&& argument,
						       std::error_code& error) noexcept
{
	const std::size_t count = ioctls::report(ioctls::wait(set.fd(), argument), error);
	return ioctls::delivered(argument, count);
}

} // namespace

instance::instance()
{
	device::failure failed;
	fd_ = device::create(failed);
	if (failed.error)
		throw std::system_error(failed.error, failed.text());
}

instance::instance(std::error_code& error) noexcept
{
	device::failure failed;
	fd_ = device::create(failed);
	error = failed.error;
}

void instance::add(int target, interest wanted, std::uint64_t data)
{
	check(ioctls::ctl(fd(), ioctls::operation::add, target, {wanted, data}), "MYEPOLL_IOC_CTL add", target,
		  hint_of_add);
}

void instance::add(int target, interest wanted, std::uint64_t data, std::error_code& error) noexcept
{
	ioctls::report(ioctls::ctl(fd(), ioctls::operation::add, target, {wanted, data}), error);
}

void instance::modify(int target, interest wanted, std::uint64_t data)
{
	check(ioctls::ctl(fd(), ioctls::operation::modify, target, {wanted, data}), "MYEPOLL_IOC_CTL modify", target);
}

void instance::modify(int target, interest wanted, std::uint64_t data,
		      std::error_code& error) noexcept
{
	ioctls::report(ioctls::ctl(fd(), ioctls::operation::modify, target, {wanted, data}), error);
}

void instance::add_on_ring(int target, interest wanted, std::uint64_t data)
{
	check(ioctls::ctl_on_ring(fd(), ioctls::operation::add, target, {wanted, data}),
	      "MYEPOLL_IOC_CHANGE add on ring", target, hint_of_add);
}

void instance::add_on_ring(int target, interest wanted, std::uint64_t data, std::error_code& error) noexcept
{
	ioctls::report(ioctls::ctl_on_ring(fd(), ioctls::operation::add, target, {wanted, data}), error);
}

void instance::modify_on_ring(int target, interest wanted, std::uint64_t data)
{
	check(ioctls::ctl_on_ring(fd(), ioctls::operation::modify, target, {wanted, data}),
	      "MYEPOLL_IOC_CHANGE modify on ring", target);
}

void instance::modify_on_ring(int target, interest wanted, std::uint64_t data, std::error_code& error) noexcept
{
	ioctls::report(ioctls::ctl_on_ring(fd(), ioctls::operation::modify, target, {wanted, data}), error);
}

void instance::remove(int target)
{
	check(ioctls::ctl(fd(), ioctls::operation::remove, target, {}), "MYEPOLL_IOC_CTL remove", target);
}

void instance::remove(int target, std::error_code& error) noexcept
{
	ioctls::report(ioctls::ctl(fd(), ioctls::operation::remove, target, {}), error);
}

std::span<event> instance::wait(std::span<event> buffer, timeout limit)
{
	return wait_on(*this, ioctls::wait_argument(buffer, limit, nullptr));
}

std::span<event> instance::wait(std::span<event> buffer, timeout limit,
				std::error_code& error) noexcept
{
	return wait_on(*this, ioctls::wait_argument(buffer, limit, nullptr), error);
}

std::span<event> instance::wait(std::span<event> buffer, timeout limit, const sigset_t& mask)
{
	return wait_on(*this, ioctls::wait_argument(buffer, limit, &mask));
}

std::span<event> instance::wait(std::span<event> buffer, timeout limit, const sigset_t& mask,
				std::error_code& error) noexcept
{
	return wait_on(*this, ioctls::wait_argument(buffer, limit, &mask), error);
}

} // namespace myepoll
