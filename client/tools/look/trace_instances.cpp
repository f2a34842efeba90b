// SPDX-License-Identifier: MIT
#include "tools/look/trace_instances.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "tools/failure.hpp"
#include "tools/look/tracefs_in_c.hpp"

namespace tools::look {
namespace {

constexpr const char* prefix = "myepoll-trace-";

// Those without which lines would be missing or wrong; later ones may be added.
constexpr const char* needed_events[] = {"create",     "ctl",  "link",    "modify",   "hook",     "queue",
					 "notify",     "wait", "sleep",   "woken",    "scan_begin", "poll",
					 "deliver",    "scan_end", "wait_end", "unlink", "release"};

[[noreturn]] void fail(const std::string& why) { throw failure{own_trouble, "cannot trace: " + why}; }

[[noreturn]] void fail_by(int error)
{
	fail(std::string{std::strerror(error)} + " (as root, and with tracefs mounted on /sys/kernel/tracing)");
}

// When a process was started, in the kernel's units: no two processes have both number and start. 0 if there is none.
unsigned long long start_of(pid_t process)
{
	std::ifstream file{"/proc/" + std::to_string(process) + "/stat"};
	const std::string text{std::istreambuf_iterator<char>{file}, {}};
	const std::size_t name_end = text.rfind(')');
	if (name_end == std::string::npos)
		return 0;
	std::istringstream fields{text.substr(name_end + 1)};
	std::string skipped;
	for (int i = 0; i < 19; ++i)
		fields >> skipped;
	unsigned long long start = 0;
	fields >> start;
	return start;
}

void remove_leftovers()
{
	char** const names = tracefs_instances(prefix);
	for (char** name = names; name != nullptr && *name != nullptr; ++name) {
		pid_t process = 0;
		unsigned long long start = 0;
		if (std::sscanf(*name, "myepoll-trace-%d-%llu", &process, &start) != 2 || start_of(process) == start)
			continue;
		// In use by a process of another pid namespace, it stays.
		if (tracefs_instance* const leftover = tracefs_instance_alloc(nullptr, *name)) {
			tracefs_instance_destroy(leftover);
			tracefs_instance_free(leftover);
		}
	}
	tracefs_list_free(names);
}

void check_events()
{
	if (!tracefs_dir_exists(nullptr, "events/myepoll")) {
		const bool is_loaded = access("/sys/module/myepoll", F_OK) == 0;
		fail(is_loaded ? "the loaded module is too old for trace events"
			       : "the module is not loaded (modprobe myepoll)");
	}
	for (const char* name : needed_events)
		if (!tracefs_dir_exists(nullptr, (std::string{"events/myepoll/myepoll_"} + name).c_str()))
			fail(std::string{"the loaded module is too old: it has no trace event myepoll_"} + name);
}

} // namespace

tracefs_instance* make_trace_instance()
{
	const char* folder = nullptr;
	if (tracefs_tracing_dir_is_mounted(false, &folder) <= 0)
		fail_by(ENOENT);
	if (access(folder, R_OK | X_OK) != 0)
		fail_by(errno);
	check_events();
	remove_leftovers();
	const std::string name = prefix + std::to_string(getpid()) + "-" + std::to_string(start_of(getpid()));
	tracefs_instance* const made = tracefs_instance_create(name.c_str());
	if (made == nullptr)
		fail_by(errno);
	return made;
}

} // namespace tools::look
