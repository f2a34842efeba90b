// SPDX-License-Identifier: MIT
#ifndef TOOLS_PROCESS_HPP
#define TOOLS_PROCESS_HPP

#include <sys/types.h>

#include <string>

/** What /proc says about other processes. They may have ended: then less is known. */
namespace tools {

/** The path of its program, or its name if that cannot be read. */
std::string program_of(pid_t process);

/** The name of its main thread, at most 15 bytes. */
std::string name_of(pid_t process);

/** 0 if unknown. */
pid_t parent_of(pid_t process);

/** Whether it has mapped a file of that name. */
bool has_mapped(pid_t process, const std::string& file_name);

} // namespace tools

#endif
