// SPDX-License-Identifier: GPL-2.0-only
// Runs programs as a shell does, and collects what they print and how they end.
//
//	EXPECT_EQ(run_program({epoll_maker, "libc"}, preloaded()).output, "anon_inode:[myepoll]\n");
#pragma once

#include "support/test.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace support {

// Defined by the makefile.
inline const std::string preload_library = PRELOAD_LIBRARY;
inline const std::string command = MYEPOLL_COMMAND;
inline const std::string epoll_maker = EPOLL_MAKER;
inline const std::string static_epoll_maker = EPOLL_MAKER "_static";
inline const std::string address_epoll_maker = EPOLL_MAKER "_asan";
inline const std::string thread_epoll_maker = EPOLL_MAKER "_tsan";
inline const std::string musl_epoll_maker = MUSL_EPOLL_MAKER;
inline const std::string child_maker = CHILD_MAKER;

inline const std::string early_library = EARLY_LIBRARY;

inline constexpr const char* made_by_module = "anon_inode:[myepoll]\n";
inline constexpr const char* made_by_kernel = "anon_inode:[eventpoll]\n";

using words = std::vector<std::string>;
using settings = std::vector<std::pair<std::string, std::string>>;

inline settings preloaded(settings more = {})
{
	more.emplace_back("LD_PRELOAD", preload_library);
	return more;
}

// With a second library, which is initialized before ours.
inline settings preloaded_behind_early_library(settings more = {})
{
	more.emplace_back("LD_PRELOAD", preload_library + ":" + early_library);
	return more;
}

struct outcome {
	int status = -1; // of the process, as from waitpid(2)
	std::string output;
	std::string errors;

	int exit_status() const { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }
};

// In the child, between fork and exec.
inline void execute(const words& program, const settings& environment)
{
	for (const auto& [name, value] : environment)
		setenv(name.c_str(), value.c_str(), 1);
	std::vector<char*> arguments;
	for (const std::string& word : program)
		arguments.push_back(const_cast<char*>(word.c_str()));
	arguments.push_back(nullptr);
	execvp(arguments.front(), arguments.data());
	_exit(127);
}

inline std::string content_of(int file)
{
	std::string text(static_cast<std::size_t>(lseek(file, 0, SEEK_END)), '\0');
	checked(static_cast<int>(pread(file, text.data(), text.size(), 0)), "pread");
	return text;
}

inline outcome run_program(const words& program, const settings& environment = {},
			   const std::function<void()>& before = [] {})
{
	const unique_fd output{checked(memfd_create("output", MFD_CLOEXEC), "memfd_create")};
	const unique_fd errors{checked(memfd_create("errors", MFD_CLOEXEC), "memfd_create")};
	outcome result;
	result.status = in_child([&] {
		dup2(output, STDOUT_FILENO);
		dup2(errors, STDERR_FILENO);
		before();
		execute(program, environment);
	});
	result.output = content_of(output);
	result.errors = content_of(errors);
	return result;
}

} // namespace support
