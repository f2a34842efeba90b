// SPDX-License-Identifier: MIT
#ifndef TOOLS_PROGRAM_HPP
#define TOOLS_PROGRAM_HPP

#include <optional>
#include <string>
#include <vector>

namespace tools {

/** The file that a shell would execute; throws a failure when there is none. */
[[nodiscard]] std::string find_program(const std::string& name);

/**
 * Why it is impossible or useless to preload a library into the program, as far as its file shows;
 * for example "is linked statically". For a script, checks its interpreter.
 */
[[nodiscard]] std::optional<std::string> why_out_of_reach(const std::string& path);

/**
 * The sanitizer runtimes that a program is linked with. They have to be loaded before all other
 * libraries, even those in LD_PRELOAD.
 */
[[nodiscard]] std::vector<std::string> sanitizers_of(const std::string& path);

} // namespace tools

#endif
