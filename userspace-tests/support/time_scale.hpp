// SPDX-License-Identifier: GPL-2.0-only
// Time limits, which slow machines stretch, such as emulated ones: MYEPOLL_TEST_TIMEOUT_SCALE=X.
#pragma once

#include <chrono>

namespace support {

std::chrono::milliseconds scaled(std::chrono::milliseconds limit);

} // namespace support
