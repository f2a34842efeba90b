// SPDX-License-Identifier: MIT
#ifndef TOOLS_PRELOAD_LIBRARY_HPP
#define TOOLS_PRELOAD_LIBRARY_HPP

#include <string>

namespace tools {

inline constexpr const char* preload_library_name = "libmyepoll-preload.so";

/** The path of the preload library: beside this program, or where it is installed. */
[[nodiscard]] std::string find_preload_library();

/** Adds the library to LD_PRELOAD, behind what is there. */
void preload(const std::string& library);

} // namespace tools

#endif
