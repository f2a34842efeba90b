// SPDX-License-Identifier: GPL-2.0-only
#include "support/expectation.hpp"

#include "semantics/known_differences.hpp"

namespace support {

std::optional<std::string> known_difference_of(const std::string& full_name)
{
	const kernel_version kernel = running_kernel();
	for (const semantics::known_difference& entry : semantics::known_differences) {
		const std::string test = std::string{entry.test} + "/";
		// The calls of these are ioctls, too.
		const bool by_ioctl = full_name == test + name_of(backend::change) || full_name == test + name_of(backend::ring);
		const bool listed = full_name == test + name_of(entry.where) || (entry.where == backend::myepoll && by_ioctl);
		if (listed && entry.first <= kernel && kernel <= entry.last)
			return std::string{entry.reason};
	}
	return std::nullopt;
}

} // namespace support
