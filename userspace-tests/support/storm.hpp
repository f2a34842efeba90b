// SPDX-License-Identifier: GPL-2.0-only
// What stress tests have in common: a seed, a time to spend, and threads that roll dice.
//
//	storm weather;
//	weather.start([&](dice roll) { while (weather.goes_on()) .. });
//	weather.join();
//
// What the threads use is declared before the storm, which waits for them when it ends.
//
// The threads count what goes wrong; the test looks at the counters when they are back. What
// would wait for ever runs into the test's timeout, which shows where each thread sleeps.
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

// MYEPOLL_STRESS_SEED and MYEPOLL_STRESS_SECONDS, or a new seed and a second.
class storm {
public:
	// Says the seed on standard error, also in every failure of the thread that made it.
	storm();
	storm(const storm&) = delete;
	storm& operator=(const storm&) = delete;
	~storm();

	// Until the time is spent.
	bool goes_on() const;
	dice next_dice();
	void start(std::function<void(dice)> body);
	void join();
	// How much was done, for the reader of the log.
	void note(const std::string& text) const;

private:
	std::uint64_t seed_;
	std::chrono::steady_clock::time_point end_;
	testing::ScopedTrace trace_;
	std::uint64_t dice_given_ = 0;
	std::vector<std::thread> threads_;
};

} // namespace support
