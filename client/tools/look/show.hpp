// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_SHOW_HPP
#define TOOLS_LOOK_SHOW_HPP

#include <optional>
#include <string>

namespace tools::look {

struct show_options {
	std::string of; // "PID" or "PID:FD"
	bool ready = false;
	std::optional<int> fd; // only watches of this descriptor, and who else has the file
	unsigned long head = 20;
	bool json = false;
	bool dot = false;
};

/** Shows what one instance is like, or each instance of a process. */
void show(const show_options& options);

} // namespace tools::look

#endif
