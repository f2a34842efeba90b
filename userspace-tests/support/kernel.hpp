// SPDX-License-Identifier: GPL-2.0-only
// Which kernel the test runs on, for the few behaviours that differ between versions.
#pragma once

#include <compare>
#include <string_view>

namespace support {

struct kernel_version {
	int major = 0;
	int minor = 0;
	auto operator<=>(const kernel_version&) const = default;
};

kernel_version parse_kernel_version(std::string_view release);
kernel_version running_kernel();

} // namespace support
