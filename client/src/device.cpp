// SPDX-License-Identifier: MIT
#include "device.hpp"

#include <fcntl.h>

#include <cerrno>

#include <myepoll/event.hpp>

#include "ioctl.hpp"

namespace myepoll::device {
namespace {

constexpr std::uint32_t oldest_abi = 1;

file_descriptor open(failure& failed) noexcept
{
	failed.call = "open /dev/myepoll";
	file_descriptor device{::open("/dev/myepoll", O_RDONLY | O_CLOEXEC)};
	if (!device)
		failed.error.assign(errno, std::system_category());
	return device;
}

module_info ask(const file_descriptor& device, failure& failed) noexcept
{
	failed.call = "MYEPOLL_IOC_INFO";
	failed.error = ioctls::error_of(ioctls::info(device.get(), failed.loaded));
	return failed.loaded;
}

void check(const module_info& loaded, failure& failed) noexcept
{
	failed.call = "the ABI version and event size of MYEPOLL_IOC_INFO";
	if (loaded.abi_version < oldest_abi || loaded.event_size != sizeof(event))
		failed.error.assign(EPROTONOSUPPORT, std::system_category());
}

} // namespace

std::string failure::text() const
{
	const int number = error.value();
	if (number == ENOENT || number == ENXIO || number == ENODEV)
		return std::string{call} + " (is the module loaded? modprobe myepoll)";
	if (number == EPROTONOSUPPORT)
		return std::string{call} + " (the module has ABI " + std::to_string(loaded.abi_version) +
		       " and events of " + std::to_string(loaded.event_size) + " bytes, this library needs " +
		       std::to_string(oldest_abi) + " or later and " + std::to_string(sizeof(event)) + ")";
	return call;
}

module_info info(failure& failed) noexcept
{
	const file_descriptor device = open(failed);
	return failed.error ? module_info{} : ask(device, failed);
}

file_descriptor create(failure& failed) noexcept
{
	const file_descriptor device = open(failed);
	if (failed.error)
		return {};
	const module_info loaded = ask(device, failed);
	if (failed.error)
		return {};
	check(loaded, failed);
	if (failed.error)
		return {};
	failed.call = "MYEPOLL_IOC_CREATE";
	const int made = ioctls::create(device.get());
	failed.error = ioctls::error_of(made);
	return file_descriptor{made};
}

} // namespace myepoll::device
