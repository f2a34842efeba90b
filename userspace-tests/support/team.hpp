// SPDX-License-Identifier: GPL-2.0-only
// Threads that do their parts at the same moment, again and again:
//
//	team race{[&] { signal_eventfd(target); }};
//	for (..)
//		race.together([&] { set.mod(target, EPOLLIN); });
#pragma once

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

namespace support {

// Lets so many threads through at once; they spin, so that they start as close as can be.
class start_line {
public:
	explicit start_line(unsigned size) : size_{size} {}
	void cross();

private:
	unsigned size_;
	std::atomic<unsigned> waiting_ = 0;
	std::atomic<unsigned> turn_ = 0;
};

class team {
public:
	team(std::initializer_list<std::function<void()>> parts);
	team(const team&) = delete;
	team& operator=(const team&) = delete;
	~team();

	// Runs each part once and, in this thread, own; returns when all are done.
	void together(const std::function<void()>& own);

private:
	start_line start_;
	start_line finish_;
	bool over_ = false; // written before start_ is crossed, read behind it
	std::vector<std::thread> threads_;
};

} // namespace support
