// SPDX-License-Identifier: GPL-2.0-only
// Time limits, which MYEPOLL_TEST_TIMEOUT_SCALE=X stretches for slow machines, such as emulated ones.
#pragma once

#include <chrono>

namespace support {

std::chrono::milliseconds scaled(std::chrono::milliseconds limit);

} // namespace support
