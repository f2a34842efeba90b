// SPDX-License-Identifier: GPL-2.0-only
// A thread that may block in the kernel and can still be ended with the test.
#pragma once

#include "support/gate.hpp"

#include <atomic>
#include <functional>
#include <thread>

namespace support {

class helper_thread {
public:
	explicit helper_thread(std::function<void()> body);
	helper_thread(const helper_thread&) = delete;
	helper_thread& operator=(const helper_thread&) = delete;
	// Interrupts whatever the body blocks in until it returns.
	~helper_thread();

	pid_t tid() const noexcept { return tid_; }
	bool finished() const noexcept { return finished_; }
	thread_state state() const;

	// Makes the system call that the thread sleeps in fail with EINTR, by sending SIGUSR2.
	void interrupt() const;
	// Waits until the body has returned.
	void join();

private:
	std::atomic<pid_t> tid_ = 0;
	std::atomic<bool> finished_ = false;
	std::thread thread_;
};

} // namespace support
