// SPDX-License-Identifier: GPL-2.0-only
// What stress tests have in common: a seed, a duration, and threads that roll dice.
//
//	storm weather;
//	weather.start([&](dice roll) { while (weather.goes_on()) .. });
//	weather.join();
//
// Declare what the threads use before the storm, whose destructor waits for them.
//
// The threads count what goes wrong; the test checks the counters when they are joined. A thread
// that would wait forever runs into the test's timeout, which shows where each thread sleeps.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace support {

class dice {
public:
	explicit dice(std::uint64_t seed) : engine_{seed} {}

	unsigned below(unsigned count) { return static_cast<unsigned>(engine_() % count); }
	bool one_in(unsigned count) { return below(count) == 0; }
	template <typename Range>
	auto one_of(const Range& range)
	{
		return range[below(static_cast<unsigned>(std::size(range)))];
	}

private:
	std::mt19937_64 engine_;
};

// Takes MYEPOLL_STRESS_SEED and MYEPOLL_STRESS_SECONDS, or by default a random seed and one second.
class storm {
public:
	// Prints the seed on standard error, and adds it to every failure of the constructing thread.
	storm();
	storm(const storm&) = delete;
	storm& operator=(const storm&) = delete;
	~storm();

	// Whether there is time left.
	bool goes_on() const;
	dice next_dice();
	void start(std::function<void(dice)> body);
	void join();
	// Logs how much was done.
	void note(const std::string& text) const;

private:
	std::uint64_t seed_;
	std::chrono::steady_clock::time_point end_;
	testing::ScopedTrace trace_;
	std::uint64_t dice_given_ = 0;
	std::vector<std::thread> threads_;
};

} // namespace support
