// SPDX-License-Identifier: MIT
#ifndef TOOLS_EXECUTE_HPP
#define TOOLS_EXECUTE_HPP

#include <string>
#include <vector>

namespace tools {

/** Becomes the program; throws a failure if that cannot be. */
[[noreturn]] void execute(const std::string& program, const std::vector<std::string>& command);

} // namespace tools

#endif
