// SPDX-License-Identifier: GPL-2.0-only
// Where each thread of a hung test sleeps.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace support {

// Lines for all threads of all processes in the group.
std::vector<std::string> dump_process_group(pid_t group);

} // namespace support
