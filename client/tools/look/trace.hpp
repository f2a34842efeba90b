// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_TRACE_HPP
#define TOOLS_LOOK_TRACE_HPP

#include <sys/types.h>

#include <string>
#include <vector>

namespace tools::look {

struct trace_options {
	pid_t process = 0;           // show what concerns its instances; 0: all instances, or the command's
	unsigned long buffer = 4096; // KiB for each CPU
	std::string file{};          // for the output; empty: standard output
	bool json = false;
	bool perfetto = false;
};

/** Shows trace events as they fire, until the command or the process ends, or a signal comes. Returns the exit status. */
[[nodiscard]] int trace(const trace_options& options, const std::vector<std::string>& command);

} // namespace tools::look

#endif
