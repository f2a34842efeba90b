// SPDX-License-Identifier: MIT
#ifndef TOOLS_PROGRAM_HPP
#define TOOLS_PROGRAM_HPP

#include <optional>
#include <string>

namespace tools {

/** The file that a shell would execute; throws a failure when there is none. */
[[nodiscard]] std::string find_program(const std::string& name);

/**
 * Why no library can be preloaded into the program, or why it would be of no use, as far as its
 * file shows: "is linked statically". Of a script this is asked of its interpreter.
 */
[[nodiscard]] std::optional<std::string> why_out_of_reach(const std::string& path);

} // namespace tools

#endif
