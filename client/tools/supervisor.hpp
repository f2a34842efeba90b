// SPDX-License-Identifier: MIT
#ifndef TOOLS_SUPERVISOR_HPP
#define TOOLS_SUPERVISOR_HPP

#include <sys/signalfd.h>
#include <sys/types.h>

#include <csignal>
#include <set>
#include <string>
#include <vector>

#include <myepoll/file_descriptor.hpp>

#include "tools/epoll_filter.hpp"

namespace tools {

/**
 * Runs a command, and everything that it starts, under the filter for kernel epolls.
 *
 * The command keeps its terminal and gets the signals that are sent to this process. Children that
 * outlive it are waited for. A signal that would end this process then ends the wait, and what is
 * still running continues unwatched.
 */
class supervisor {
public:
	supervisor(const std::string& program, const std::vector<std::string>& command);

	/** Returns the command's exit status, as a shell reports it. */
	[[nodiscard]] int run();

	[[nodiscard]] bool has_seen_an_epoll() const noexcept { return epolls_ > 0; }
	void summarize() const;

private:
	[[noreturn]] void become(const std::string& program, const std::vector<std::string>& command,
				 const myepoll::file_descriptor& report);
	void serve_call();
	void serve_signal();
	void pass_on(const signalfd_siginfo& signal);
	void reap();
	void take_status(int status);
	void leave_rest_alone();

	sigset_t usual_mask_{};
	struct sigaction usual_sigchld_ {};
	myepoll::file_descriptor signals_;
	myepoll::file_descriptor listener_;
	pid_t command_ = -1;
	int status_ = 0;
	bool command_runs_ = true;
	bool children_left_ = true;

	unsigned long epolls_ = 0;
	std::set<pid_t> culprits_;
};

} // namespace tools

#endif
