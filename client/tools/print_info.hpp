// SPDX-License-Identifier: MIT
#ifndef TOOLS_PRINT_INFO_HPP
#define TOOLS_PRINT_INFO_HPP

namespace tools {

/** Prints what the loaded module reports about itself. */
void print_info();

} // namespace tools

#endif
