// SPDX-License-Identifier: GPL-2.0-only
#include "support/signals.hpp"

namespace support {

std::atomic<int> signal_counter::count_;

sigset_t signal_set(std::initializer_list<int> signals)
{
	sigset_t set;
	sigemptyset(&set);
	for (const int signal : signals)
		sigaddset(&set, signal);
	return set;
}

void block_signals(std::initializer_list<int> signals)
{
	const sigset_t set = signal_set(signals);
	pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

bool is_blocked(int signal)
{
	sigset_t blocked;
	pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
	return sigismember(&blocked, signal) == 1;
}

bool is_pending(int signal)
{
	sigset_t pending;
	sigpending(&pending);
	return sigismember(&pending, signal) == 1;
}

signal_counter::signal_counter(int signal, int flags) : signal_{signal}
{
	count_ = 0;
	struct sigaction action {};
	action.sa_handler = [](int) { ++count_; };
	action.sa_flags = flags;
	sigaction(signal_, &action, &previous_);
}

signal_counter::~signal_counter() { sigaction(signal_, &previous_, nullptr); }

} // namespace support
