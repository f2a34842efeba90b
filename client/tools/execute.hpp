// SPDX-License-Identifier: MIT
#ifndef TOOLS_EXECUTE_HPP
#define TOOLS_EXECUTE_HPP

#include <string>
#include <vector>

namespace tools {

/** Replaces this process with the program; throws a failure if it cannot. */
[[noreturn]] void execute(const std::string& program, const std::vector<std::string>& command);

} // namespace tools

#endif
