// SPDX-License-Identifier: GPL-2.0-only
// Signals as tests need them: a set from a list, and a handler that counts.
#pragma once

#include <atomic>
#include <csignal>
#include <initializer_list>

namespace support {

// The size of the kernel's signal set; libc's is larger.
constexpr std::size_t kernel_sigset_size = 8;

sigset_t signal_set(std::initializer_list<int> signals);
void block_signals(std::initializer_list<int> signals);
bool is_blocked(int signal);
bool is_pending(int signal);

// Counts the signal from now on; flags as for sigaction(2). Only one can exist at a time.
class signal_counter {
public:
	explicit signal_counter(int signal, int flags = 0);
	signal_counter(const signal_counter&) = delete;
	signal_counter& operator=(const signal_counter&) = delete;
	~signal_counter();

	int count() const { return count_; }

private:
	static std::atomic<int> count_;
	int signal_;
	struct sigaction previous_ {};
};

} // namespace support
