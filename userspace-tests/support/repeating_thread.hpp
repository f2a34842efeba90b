// SPDX-License-Identifier: GPL-2.0-only
// A thread that does one thing over and over, as long as the object lives.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace support {

class repeating_thread {
public:
	// The step must not block.
	explicit repeating_thread(std::function<void()> step)
		: thread_{[this, step = std::move(step)] {
			  while (!stop_)
				  step();
		  }}
	{
	}
	repeating_thread(const repeating_thread&) = delete;
	repeating_thread& operator=(const repeating_thread&) = delete;
	~repeating_thread()
	{
		stop_ = true;
		thread_.join();
	}

private:
	std::atomic<bool> stop_ = false;
	std::thread thread_;
};

} // namespace support
