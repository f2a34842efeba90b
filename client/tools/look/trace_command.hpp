// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_TRACE_COMMAND_HPP
#define TOOLS_LOOK_TRACE_COMMAND_HPP

#include <sys/types.h>

#include <string>
#include <vector>

#include <myepoll/file_descriptor.hpp>

#include "tools/look/trace_signals.hpp"

namespace tools::look {

/** A command that waits until it may start. If it never may, it ends. */
class trace_command {
public:
	/** Throws a failure if there is no such program. */
	trace_command(const std::vector<std::string>& command, const trace_signals& signals);

	[[nodiscard]] pid_t id() const noexcept { return id_; }
	void start() noexcept;

	void pass_on(int signal) const noexcept;
	/** Whether it has ended, now known by status(). */
	[[nodiscard]] bool has_ended() noexcept;
	/** As a shell reports it: 128+N for signal N. */
	[[nodiscard]] int status() const noexcept { return status_; }

private:
	pid_t id_ = -1;
	myepoll::file_descriptor go_;
	bool ended_ = false;
	int status_ = 0;
};

} // namespace tools::look

#endif
