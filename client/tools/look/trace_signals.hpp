// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_TRACE_SIGNALS_HPP
#define TOOLS_LOOK_TRACE_SIGNALS_HPP

#include <chrono>
#include <csignal>
#include <optional>

#include <myepoll/file_descriptor.hpp>

namespace tools::look {

/** Takes the signals that would end this process without removing what it has made in the kernel. */
class trace_signals {
public:
	trace_signals();

	/** In a child: signals are as they were. */
	void restore() const noexcept;

	struct received {
		int number;
		bool of_terminal; // then the other processes in the foreground have it, too
	};
	/** The next one, also SIGCHLD; nothing if none came in time, or `ended`, a pidfd or -1, has. */
	[[nodiscard]] std::optional<received> await(std::chrono::milliseconds at_most, int ended = -1) const;

private:
	sigset_t usual_mask_{};
	struct sigaction usual_sigchld_ {};
	struct sigaction usual_sigpipe_ {};
	myepoll::file_descriptor signals_;
};

} // namespace tools::look

#endif
