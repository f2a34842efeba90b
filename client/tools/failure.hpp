// SPDX-License-Identifier: MIT
#ifndef TOOLS_FAILURE_HPP
#define TOOLS_FAILURE_HPP

#include <stdexcept>
#include <string>

namespace tools {

/** Exit statuses of myepoll itself, which few programs use. */
enum exit_status {
	wrong_usage = 2,
	kernel_epoll_seen = 120,
	own_trouble = 125,
	cannot_be_executed = 126,
	not_found = 127,
	signal_base = 128,
};

/** Ends the command with a message and a status. */
class failure : public std::runtime_error {
public:
	failure(exit_status status, const std::string& message)
		: std::runtime_error{message}, status_{status}
	{
	}

	[[nodiscard]] exit_status status() const noexcept { return status_; }

private:
	exit_status status_;
};

} // namespace tools

#endif
