// SPDX-License-Identifier: GPL-2.0-only
// For lower bounds. Tests do not require anything to be fast: machines are slow, and emulated ones slower.
#pragma once

#include <chrono>

namespace support {

class stopwatch {
public:
	auto elapsed() const { return std::chrono::steady_clock::now() - start_; }

private:
	std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

} // namespace support
