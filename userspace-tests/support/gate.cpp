// SPDX-License-Identifier: GPL-2.0-only
#include "support/gate.hpp"

#include "support/time_scale.hpp"

#include <dirent.h>
#include <linux/myepoll.h>
#include <sched.h>
#include <sys/syscall.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace support {
namespace {

// Two of them fit into the usual time limit of a test.
constexpr std::chrono::milliseconds patience{4000};

std::string read_line(const std::string& path)
{
	std::ifstream file{path};
	std::string line;
	std::getline(file, line);
	return line;
}

char state_of(const std::string& stat)
{
	// The name of the thread is in parentheses and may contain anything.
	const auto end_of_name = stat.rfind(')');
	if (end_of_name == std::string::npos || end_of_name + 2 >= stat.size())
		return '?';
	return stat[end_of_name + 2];
}

} // namespace

thread_state inspect_thread(pid_t process, pid_t thread)
{
	const std::string folder =
		"/proc/" + std::to_string(process) + "/task/" + std::to_string(thread) + "/";
	thread_state result;
	// Reading "syscall" makes the kernel wait until a thread that is about to sleep has left
	// its CPU; a running thread is shown as "running", which leaves syscall at -1.
	std::istringstream call{read_line(folder + "syscall")};
	if (call >> result.syscall)
		call >> std::hex >> result.first_argument >> result.second_argument;
	else
		result.syscall = -1;
	result.state = state_of(read_line(folder + "stat"));
	result.wchan = read_line(folder + "wchan");
	return result;
}

std::vector<pid_t> threads_of(pid_t process)
{
	std::vector<pid_t> threads;
	DIR* const folder = opendir(("/proc/" + std::to_string(process) + "/task").c_str());
	if (folder == nullptr)
		return threads;
	while (const dirent* const entry = readdir(folder))
		if (entry->d_name[0] != '.')
			threads.push_back(std::atoi(entry->d_name));
	closedir(folder);
	return threads;
}

bool asleep_in(const thread_state& state, long syscall)
{
	return state.state == 'S' && state.syscall == syscall;
}

bool awaits_answer(const thread_state& state) { return state.wchan == "request_wait_answer"; }

bool asleep_in_wait(const thread_state& state, int epfd)
{
	const bool in_wait = asleep_in(state, SYS_epoll_wait) || asleep_in(state, SYS_epoll_pwait) ||
			     asleep_in(state, SYS_epoll_pwait2) ||
			     (asleep_in(state, SYS_ioctl) && (state.second_argument == MYEPOLL_IOC_WAIT ||
							      state.second_argument == MYEPOLL_IOC_CHANGE));
	return in_wait && state.first_argument == static_cast<std::uint64_t>(epfd) &&
	       state.wchan != "handle_userfault" && !awaits_answer(state);
}

void await(const std::function<bool()>& condition)
{
	while (!condition())
		sched_yield();
}

bool soon(const std::function<bool()>& condition)
{
	const auto deadline = std::chrono::steady_clock::now() + scaled(patience);
	await([&] { return condition() || std::chrono::steady_clock::now() > deadline; });
	return condition();
}

} // namespace support
