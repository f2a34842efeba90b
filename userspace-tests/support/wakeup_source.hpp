// SPDX-License-Identifier: GPL-2.0-only
// What keeps the machine awake, as /sys/class/wakeup shows it.
#pragma once

#include <optional>
#include <string>

namespace support {

class wakeup_sources {
public:
	// Why WAKEUP has no effect here, if so.
	static std::optional<std::string> why_impossible();

	// How many there are of that name.
	static int count(const std::string& name);
	// How many of them are active.
	static int count_active(const std::string& name);
};

} // namespace support
