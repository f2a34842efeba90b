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
 * Why no library can be preloaded into the program, or why it would be of no use, as far as its
 * file shows: "is linked statically". Of a script this is asked of its interpreter.
 */
[[nodiscard]] std::optional<std::string> why_out_of_reach(const std::string& path);

/**
 * The runtimes of sanitizers that a program is linked with. They insist on being the first of all
 * libraries, be it before those of LD_PRELOAD.
 */
[[nodiscard]] std::vector<std::string> sanitizers_of(const std::string& path);

} // namespace tools

#endif
