// SPDX-License-Identifier: MIT
#include <myepoll/instance.hpp>

#include <algorithm>
#include <string>

#include "device.hpp"
#include "ioctl.hpp"

namespace myepoll {
namespace {

void check_ctl(int result, const char* operation, int target)
{
	if (result < 0)
		throw std::system_error(ioctls::error_of(result), std::string("MYEPOLL_IOC_CTL ") + operation +
									  " fd " + std::to_string(target));
}

void check_wait(int result)
{
	if (result < 0)
		throw std::system_error(ioctls::error_of(result), "MYEPOLL_IOC_WAIT");
}

std::span<event> front(std::span<event> buffer, int result)
{
	return buffer.first(static_cast<std::size_t>(std::max(result, 0)));
}

} // namespace

instance::instance()
{
	device::failure failed;
	fd_ = device::create(failed);
	if (failed.error)
		throw std::system_error(failed.error, failed.call);
}

instance::instance(std::error_code& error) noexcept
{
	device::failure failed;
	fd_ = device::create(failed);
	error = failed.error;
}

void instance::add(int target, interest wanted, std::uint64_t data)
{
	check_ctl(ioctls::ctl(fd(), ioctls::operation::add, target, {wanted, data}), "add", target);
}

void instance::add(int target, interest wanted, std::uint64_t data, std::error_code& error) noexcept
{
	error = ioctls::error_of(ioctls::ctl(fd(), ioctls::operation::add, target, {wanted, data}));
}

void instance::modify(int target, interest wanted, std::uint64_t data)
{
	check_ctl(ioctls::ctl(fd(), ioctls::operation::modify, target, {wanted, data}), "modify", target);
}

void instance::modify(int target, interest wanted, std::uint64_t data,
		      std::error_code& error) noexcept
{
	error = ioctls::error_of(ioctls::ctl(fd(), ioctls::operation::modify, target, {wanted, data}));
}

void instance::remove(int target)
{
	check_ctl(ioctls::ctl(fd(), ioctls::operation::remove, target, {}), "remove", target);
}

void instance::remove(int target, std::error_code& error) noexcept
{
	error = ioctls::error_of(ioctls::ctl(fd(), ioctls::operation::remove, target, {}));
}

std::span<event> instance::wait(std::span<event> buffer, timeout limit)
{
	const int count = ioctls::wait(fd(), buffer, limit, nullptr);
	check_wait(count);
	return front(buffer, count);
}

std::span<event> instance::wait(std::span<event> buffer, timeout limit,
				std::error_code& error) noexcept
{
	const int count = ioctls::wait(fd(), buffer, limit, nullptr);
	error = ioctls::error_of(count);
	return front(buffer, count);
}

std::span<event> instance::wait(std::span<event> buffer, timeout limit, const sigset_t& mask)
{
	const int count = ioctls::wait(fd(), buffer, limit, &mask);
	check_wait(count);
	return front(buffer, count);
}

std::span<event> instance::wait(std::span<event> buffer, timeout limit, const sigset_t& mask,
				std::error_code& error) noexcept
{
	const int count = ioctls::wait(fd(), buffer, limit, &mask);
	error = ioctls::error_of(count);
	return front(buffer, count);
}

} // namespace myepoll
