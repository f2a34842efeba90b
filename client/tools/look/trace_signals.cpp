// SPDX-License-Identifier: MIT
#include "tools/look/trace_signals.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace tools::look {

trace_signals::trace_signals()
{
	// The end of a child must be reported, and the end of a reader by EPIPE.
	struct sigaction other {};
	sigaction(SIGCHLD, &other, &usual_sigchld_);
	other.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &other, &usual_sigpipe_);
	sigset_t taken;
	sigemptyset(&taken);
	for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD})
		sigaddset(&taken, number);
	sigprocmask(SIG_BLOCK, &taken, &usual_mask_);
	signals_.reset(signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
	if (!signals_)
		throw std::system_error{errno, std::system_category(), "signalfd"};
}

void trace_signals::restore() const noexcept
{
	sigaction(SIGCHLD, &usual_sigchld_, nullptr);
	sigaction(SIGPIPE, &usual_sigpipe_, nullptr);
	sigprocmask(SIG_SETMASK, &usual_mask_, nullptr);
}

std::optional<trace_signals::received> trace_signals::await(std::chrono::milliseconds at_most, int ended) const
{
	std::array<pollfd, 2> sources{pollfd{signals_.get(), POLLIN, 0}, pollfd{ended, POLLIN, 0}};
	poll(sources.data(), sources.size(), static_cast<int>(at_most.count()));
	signalfd_siginfo came{};
	if (read(signals_.get(), &came, sizeof(came)) != sizeof(came))
		return std::nullopt;
	return received{static_cast<int>(came.ssi_signo), came.ssi_code > 0};
}

} // namespace tools::look
