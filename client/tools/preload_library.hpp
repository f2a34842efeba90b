// SPDX-License-Identifier: MIT
#ifndef TOOLS_PRELOAD_LIBRARY_HPP
#define TOOLS_PRELOAD_LIBRARY_HPP

#include <string>
#include <vector>

namespace tools {

inline constexpr const char* preload_library_name = "libmyepoll-preload.so";

/** The path of the preload library: next to this program, or where it is installed. */
[[nodiscard]] std::string find_preload_library();

/** Adds to LD_PRELOAD what it lacks: `in_front` before its entries, and our library after them. */
void preload(const std::vector<std::string>& in_front, const std::string& library);

} // namespace tools

#endif
