// SPDX-License-Identifier: GPL-2.0-only
// A thread that sleeps in a set's WAIT, drains what woke it up, and sleeps again.
#pragma once

#include "bench/call.hpp"
#include "bench/meter.hpp"
#include "bench/targets.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <exception>
#include <string>
#include <thread>

namespace bench {

// What the sleeper does once it is woken up.
enum class on_wake {
	runs_later,  // the waker goes on, so that its call can be measured alone
	runs_at_once // the waker is preempted
};

class sleeper {
public:
	// `make_wait` is called in the thread, because a set can be tied to the thread that created it. It
	// returns the function that the thread calls in a loop, which sleeps until the target is ready.
	template <typename Make_wait>
	sleeper(const target& on, on_wake then, Make_wait make_wait)
		: on_{on}, thread_{[this, then, make_wait] {
			  schedule(then);
			  tid_ = gettid();
			  tid_.notify_one();
			  try {
				  loop(make_wait());
			  } catch (...) {
				  failure_ = std::current_exception();
				  failed_ = true;
			  }
		  }}
	{
		tid_.wait(0);
		const std::string path = "/proc/self/task/" + std::to_string(tid_) + "/syscall";
		state_ = myepoll::file_descriptor{checked(open(path.c_str(), O_RDONLY | O_CLOEXEC), "open")};
	}
	sleeper(const sleeper&) = delete;
	sleeper& operator=(const sleeper&) = delete;
	~sleeper()
	{
		over_ = true;
		on_.write();
		thread_.join();
	}

	// Returns when the thread has drained the target and sleeps in the kernel.
	void await_sleep() const
	{
		do {
			if (failed_)
				std::rethrow_exception(failure_);
		} while (!sleeps());
	}

	// The value of instructions() when the last wait returned.
	std::uint64_t woken_at() const noexcept { return woken_at_; }

private:
	static void schedule(on_wake then)
	{
		sched_param parameters{};
		parameters.sched_priority = then == on_wake::runs_at_once ? 1 : 0;
		const int policy = then == on_wake::runs_at_once ? SCHED_FIFO : SCHED_BATCH;
		checked(sched_setscheduler(0, policy, &parameters), "sched_setscheduler");
	}

	template <typename Wait> void loop(Wait wait)
	{
		while (!over_) {
			waiting_ = true;
			wait();
			woken_at_ = instructions();
			waiting_ = false;
			on_.drain();
		}
	}

	// A read of the file waits until the thread is off the CPU, and gives "running" if it is still runnable.
	// A thread that is asleep while waiting_ is set sleeps in the wait: nothing else in between can sleep.
	bool sleeps() const
	{
		char first = 0;
		checked(pread(state_.get(), &first, 1, 0), "pread");
		return first != 'r' && waiting_;
	}

	const target& on_;
	std::atomic<pid_t> tid_ = 0;
	std::atomic<bool> over_ = false;
	std::atomic<bool> waiting_ = false;
	std::atomic<std::uint64_t> woken_at_ = 0;
	std::exception_ptr failure_;
	std::atomic<bool> failed_ = false;
	std::thread thread_;
	myepoll::file_descriptor state_;
};

} // namespace bench
