// SPDX-License-Identifier: GPL-2.0-only
#include "support/helper_thread.hpp"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

namespace support {
namespace {

// No test uses this signal itself. A real-time signal would queue up and drown the thread.
constexpr int interrupt_signal = SIGUSR2;

void install_handler()
{
	struct sigaction action{};
	action.sa_handler = [](int) {};
	sigaction(interrupt_signal, &action, nullptr);
}

} // namespace

helper_thread::helper_thread(std::function<void()> body)
{
	install_handler();
	thread_ = std::thread{[this, body = std::move(body)] {
		tid_ = gettid();
		body();
		finished_ = true;
	}};
	await([this] { return tid_ != 0; });
}

helper_thread::~helper_thread()
{
	if (!thread_.joinable())
		return;
	// It may fall asleep again, in another call.
	while (!finished_) {
		if (state().state == 'S')
			interrupt();
		sched_yield();
	}
	thread_.join();
}

thread_state helper_thread::state() const { return inspect_thread(getpid(), tid_); }

void helper_thread::interrupt() const { syscall(SYS_tgkill, getpid(), tid_.load(), interrupt_signal); }

void helper_thread::join()
{
	if (thread_.joinable())
		thread_.join();
}

} // namespace support
