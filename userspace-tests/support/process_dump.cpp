// SPDX-License-Identifier: GPL-2.0-only
#include "support/process_dump.hpp"

#include "support/gate.hpp"

#include <dirent.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <fstream>

namespace support {
namespace {

std::vector<pid_t> processes_of(pid_t group)
{
	std::vector<pid_t> processes;
	DIR* const folder = opendir("/proc");
	while (const dirent* const entry = readdir(folder)) {
		const pid_t pid = std::atoi(entry->d_name);
		if (pid > 0 && getpgid(pid) == group)
			processes.push_back(pid);
	}
	closedir(folder);
	return processes;
}

std::vector<std::string> read_lines(const std::string& path)
{
	std::vector<std::string> lines;
	std::ifstream file{path};
	for (std::string line; std::getline(file, line);)
		lines.push_back(line);
	return lines;
}

void dump_thread(std::vector<std::string>& out, pid_t process, pid_t thread)
{
	const std::string folder =
		"/proc/" + std::to_string(process) + "/task/" + std::to_string(thread) + "/";
	const thread_state state = inspect_thread(process, thread);
	const auto name = read_lines(folder + "comm");
	const auto call = read_lines(folder + "syscall");
	out.push_back("process " + std::to_string(process) + " thread " + std::to_string(thread) +
		      " (" + (name.empty() ? "?" : name.front()) + ") state " + state.state +
		      " in " + state.wchan + ", system call " + (call.empty() ? "?" : call.front()));
	for (const std::string& frame : read_lines(folder + "stack"))
		out.push_back("    " + frame);
}

} // namespace

std::vector<std::string> dump_process_group(pid_t group)
{
	std::vector<std::string> lines;
	for (const pid_t process : processes_of(group))
		for (const pid_t thread : threads_of(process))
			dump_thread(lines, process, thread);
	return lines;
}

} // namespace support
