// SPDX-License-Identifier: MIT
#ifndef TOOLS_RUN_HPP
#define TOOLS_RUN_HPP

#include <string>
#include <vector>

namespace tools {

struct run_options {
	bool verify = false;
	bool require = false;
	bool no_io_uring = false;
	bool no_follow = false;
	bool force = false;
};

/**
 * Replaces this process with the command, with the library preloaded. With verify, runs it as a child
 * instead and returns the exit status.
 */
[[nodiscard]] int run(const run_options& options, const std::vector<std::string>& command);

} // namespace tools

#endif
