// SPDX-License-Identifier: GPL-2.0-only
#include "support/child_process.hpp"

#include "support/targets.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>

namespace support {
namespace {

constexpr int status_of_an_exception = 99;

[[noreturn]] void run_and_exit(const std::function<void()>& body)
{
	try {
		body();
	} catch (const std::exception& e) {
		std::fprintf(stderr, "exception in a child process: %s\n", e.what());
		_exit(status_of_an_exception);
	}
	_exit(0);
}

} // namespace

child_process::child_process(const std::function<void()>& body) : pid_{checked(fork(), "fork")}
{
	if (pid_ == 0)
		run_and_exit(body);
}

child_process::~child_process()
{
	if (joined_)
		return;
	kill(SIGKILL);
	join();
}

void child_process::kill(int signal) const { ::kill(pid_, signal); }

int child_process::join()
{
	if (!joined_) {
		while (waitpid(pid_, &status_, 0) < 0 && errno == EINTR)
			continue;
		joined_ = true;
	}
	return status_;
}

int in_child(const std::function<void()>& body) { return child_process{body}.join(); }

} // namespace support
