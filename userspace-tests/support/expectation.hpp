// SPDX-License-Identifier: GPL-2.0-only
// What the table of known differences says about a test.
#pragma once

#include <optional>
#include <string>

namespace support {

// The reason why this test is expected to fail on the running kernel, if it is.
std::optional<std::string> known_difference_of(const std::string& full_name);

} // namespace support
