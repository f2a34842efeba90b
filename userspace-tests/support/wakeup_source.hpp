// SPDX-License-Identifier: GPL-2.0-only
// Wakeup sources, which keep the machine awake, as /sys/class/wakeup shows them.
#pragma once

#include <optional>
#include <string>

namespace support {

class wakeup_sources {
public:
	// Why WAKEUP has no effect here, or nullopt.
	static std::optional<std::string> why_impossible();

	// How many sources have that name.
	static int count(const std::string& name);
	// How many of them are active.
	static int count_active(const std::string& name);
};

} // namespace support
