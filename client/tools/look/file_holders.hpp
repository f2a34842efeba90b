// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_FILE_HOLDERS_HPP
#define TOOLS_LOOK_FILE_HOLDERS_HPP

#include <vector>

#include "tools/look/instance_state.hpp"
#include "tools/look/processes.hpp"

namespace tools::look {

/**
 * Who has the file of a watch open. A file with an inode of its own is recognized by it, even after the descriptor was
 * closed in its own process; others, such as eventfds, by kcmp(2) with the descriptor. Only processes that may be looked at.
 */
std::vector<holder> holders_of_file(const process& of, const watch& one);

} // namespace tools::look

#endif
