// SPDX-License-Identifier: GPL-2.0-only
#include "support/time_scale.hpp"

#include <cstdlib>

namespace support {

std::chrono::milliseconds scaled(std::chrono::milliseconds limit)
{
	const char* const scale = std::getenv("MYEPOLL_TEST_TIMEOUT_SCALE");
	const std::chrono::duration<double, std::milli> result =
		std::chrono::duration<double, std::milli>{limit} * (scale == nullptr ? 1.0 : std::atof(scale));
	return std::chrono::duration_cast<std::chrono::milliseconds>(result);
}

} // namespace support
