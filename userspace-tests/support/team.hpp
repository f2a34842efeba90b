// SPDX-License-Identifier: GPL-2.0-only
// Threads that do their parts at the same moment, give or take a random delay, over and over:
//
//	team race{weather, {[&] { signal_eventfd(target); }}};
//	for (..)
//		race.together([&] { set.mod(target, EPOLLIN); });
#pragma once

#include "support/storm.hpp"

#include <atomic>
#include <barrier>
#include <functional>
#include <initializer_list>
#include <thread>
#include <vector>

namespace support {

class team {
public:
	team(storm& weather, std::initializer_list<std::function<void()>> parts);
	team(const team&) = delete;
	team& operator=(const team&) = delete;
	~team();

	// Runs each part once and, in this thread, own; returns when all are done.
	void together(const std::function<void()>& own);

private:
	void start(dice& roll);

	unsigned size_;
	std::barrier<> gathered_; // all are awake
	std::atomic<unsigned> started_ = 0; // counted from then on, so that they start close together
	std::barrier<> done_;
	dice own_roll_;
	bool over_ = false; // written before gathering, read after it
	std::vector<std::thread> threads_;
};

} // namespace support
