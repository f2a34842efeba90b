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

/** Runs the command with the preload library; the exit status. Does not return without verify. */
[[nodiscard]] int run(const run_options& options, const std::vector<std::string>& command);

} // namespace tools

#endif
