// SPDX-License-Identifier: MIT
#include <myepoll/instance.hpp>

#include <string>

#include "device.hpp"
#include "ioctl.hpp"

namespace myepoll {
namespace {

void check_ctl(const std::error_code& error, const char* operation, int target)
{
	if (error)
		throw std::system_error(error, std::string("MYEPOLL_IOC_CTL ") + operation + " fd " +
						       std::to_string(target));
}

void check_wait(const std::error_code& error)
{
	if (error)
		throw std::system_error(error, "MYEPOLL_IOC_WAIT");
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
	std::error_code error;
	add(target, wanted, data, error);
	check_ctl(error, "add", target);
}

void instance::add(int target, interest wanted, std::uint64_t data, std::error_code& error) noexcept
{
	ioctls::ctl(fd(), ioctls::operation::add, target, {wanted, data}, error);
}

void instance::modify(int target, interest wanted, std::uint64_t data)
{
	std::error_code error;
	modify(target, wanted, data, error);
	check_ctl(error, "modify", target);
}

void instance::modify(int target, interest wanted, std::uint64_t data,
		      std::error_code& error) noexcept
{
	ioctls::ctl(fd(), ioctls::operation::modify, target, {wanted, data}, error);
}

void instance::remove(int target)
{
	std::error_code error;
	remove(target, error);
	check_ctl(error, "remove", target);
}

void instance::remove(int target, std::error_code& error) noexcept
{
	ioctls::ctl(fd(), ioctls::operation::remove, target, {}, error);
}

std::span<event> instance::wait(std::span<event> buffer, timeout limit)
{
	std::error_code error;
	const auto ready = wait(buffer, limit, error);
	check_wait(error);
	return ready;
}

std::span<event> instance::wait(std::span<event> buffer, timeout limit,
				std::error_code& error) noexcept
{
	return ioctls::wait(fd(), buffer, limit, nullptr, error);
}

std::span<event> instance::wait(std::span<event> buffer, timeout limit, const sigset_t& mask)
{
	std::error_code error;
	const auto ready = wait(buffer, limit, mask, error);
	check_wait(error);
	return ready;
}

std::span<event> instance::wait(std::span<event> buffer, timeout limit, const sigset_t& mask,
				std::error_code& error) noexcept
{
	return ioctls::wait(fd(), buffer, limit, &mask, error);
}

} // namespace myepoll
