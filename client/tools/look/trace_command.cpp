// SPDX-License-Identifier: MIT
#include "tools/look/trace_command.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <system_error>

#include "tools/execute.hpp"
#include "tools/failure.hpp"
#include "tools/program.hpp"

namespace tools::look {

trace_command::trace_command(const std::vector<std::string>& command, const trace_signals& signals)
{
	const std::string program = find_program(command.front());
	std::array<int, 2> ends{};
	if (pipe2(ends.data(), O_CLOEXEC) != 0)
		throw std::system_error{errno, std::system_category(), "pipe"};
	const myepoll::file_descriptor may_start{ends[0]};
	go_.reset(ends[1]);
	id_ = fork();
	if (id_ < 0)
		throw std::system_error{errno, std::system_category(), "fork"};
	if (id_ > 0)
		return;
	go_.reset();
	char word = 0;
	if (read(may_start.get(), &word, 1) != 1)
		_exit(own_trouble);
	try {
		signals.restore();
		execute(program, command);
	} catch (const failure& error) {
		std::fprintf(stderr, "myepoll: %s\n", error.what());
		_exit(error.status());
	}
}

void trace_command::start() noexcept
{
	// If it has been killed in the meantime, its status tells.
	static_cast<void>(!write(go_.get(), "", 1));
	go_.reset();
}

void trace_command::pass_on(int signal) const noexcept
{
	if (!ended_)
		kill(id_, signal);
}

bool trace_command::has_ended() noexcept
{
	int status = 0;
	if (!ended_ && waitpid(id_, &status, WNOHANG) == id_) {
		ended_ = true;
		status_ = WIFSIGNALED(status) ? signal_base + WTERMSIG(status) : WEXITSTATUS(status);
	}
	return ended_;
}

} // namespace tools::look
