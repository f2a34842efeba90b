// SPDX-License-Identifier: GPL-2.0-only
#include "support/expectation.hpp"

#include "semantics/known_differences.hpp"

namespace support {

std::optional<std::string> known_difference_of(const std::string& full_name)
{
	const kernel_version kernel = running_kernel();
	for (const semantics::known_difference& entry : semantics::known_differences) {
		const std::string listed = std::string{entry.test} + "/" + name_of(entry.where);
		if (listed == full_name && entry.first <= kernel && kernel <= entry.last)
			return std::string{entry.reason};
	}
	return std::nullopt;
}

} // namespace support
