// SPDX-License-Identifier: GPL-2.0-only
#include "support/kernel.hpp"

#include <sys/utsname.h>

#include <charconv>
#include <stdexcept>
#include <string>

namespace support {

kernel_version parse_kernel_version(std::string_view release)
{
	const char* const end = release.data() + release.size();
	kernel_version version;
	const auto major = std::from_chars(release.data(), end, version.major);
	if (major.ec == std::errc{} && major.ptr != end && *major.ptr == '.') {
		const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
		if (minor.ec == std::errc{})
			return version;
	}
	throw std::invalid_argument{"not a kernel release: " + std::string{release}};
}

kernel_version running_kernel()
{
	utsname name{};
	uname(&name);
	return parse_kernel_version(name.release);
}

} // namespace support
