// SPDX-License-Identifier: GPL-2.0-only
// A thread that sleeps in a set's WAIT, takes out what woke it, and sleeps again.
#pragma once

#include "bench/call.hpp"
#include "bench/meter.hpp"
#include "bench/targets.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <exception>
#include <string>
#include <thread>

namespace bench {

// What the sleeper does once it is woken.
enum class on_wake {
	runs_later,  // the waker goes on, so that its call can be measured alone
	runs_at_once // the waker is pushed aside
};

class sleeper {
public:
	// `make_wait` is called in the thread, for a set can belong to the one that made it. It returns
	// what is called again and again: it sleeps until the target is ready.
	template <typename Make_wait>
	sleeper(const target& on, on_wake then, Make_wait make_wait)
		: on_{on}, thread_{[this, then, make_wait] {
			  schedule(then);
			  tid_ = gettid();
			  try {
				  loop(make_wait());
			  } catch (...) {
				  failure_ = std::current_exception();
				  failed_ = true;
			  }
		  }}
	{
	}
	sleeper(const sleeper&) = delete;
	sleeper& operator=(const sleeper&) = delete;
	~sleeper()
	{
		over_ = true;
		on_.write();
		thread_.join();
	}

	// Returns when the thread has taken out everything and sleeps in the kernel. That costs no time
	// where there is one processor: when this thread naps, the other one runs.
	void await_sleep() const
	{
		while (!sleeps()) {
			if (failed_)
				std::rethrow_exception(failure_);
			std::this_thread::sleep_for(std::chrono::microseconds{20});
		}
	}

	// When the last wait has returned, by instructions().
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

	// Asleep with waiting_ set is asleep in the wait, for nothing else in between can sleep.
	bool sleeps() const
	{
		return waiting_ && state() == 'S';
	}

	char state() const
	{
		const std::string path = "/proc/self/task/" + std::to_string(tid_) + "/stat";
		const myepoll::file_descriptor file{checked(open(path.c_str(), O_RDONLY | O_CLOEXEC), "open")};
		std::array<char, 512> text{};
		checked(read(file.get(), text.data(), text.size() - 1), "read");
		// The name before it ends with the last bracket.
		const char* const name_end = std::strrchr(text.data(), ')');
		return name_end ? name_end[2] : '?';
	}

	const target& on_;
	std::atomic<pid_t> tid_ = 0;
	std::atomic<bool> over_ = false;
	std::atomic<bool> waiting_ = false;
	std::atomic<std::uint64_t> woken_at_ = 0;
	std::exception_ptr failure_;
	std::atomic<bool> failed_ = false;
	std::thread thread_;
};

} // namespace bench
