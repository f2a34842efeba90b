// SPDX-License-Identifier: MIT
#include <myepoll/info.hpp>

#include "device.hpp"

namespace myepoll {

module_info info()
{
	device::failure failed;
	const module_info loaded = device::info(failed);
	if (failed.error)
		throw std::system_error(failed.error, failed.text());
	return loaded;
}

module_info info(std::error_code& error) noexcept
{
	device::failure failed;
	const module_info loaded = device::info(failed);
	error = failed.error;
	return loaded;
}

} // namespace myepoll
