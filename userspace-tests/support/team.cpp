// SPDX-License-Identifier: GPL-2.0-only
#include "support/team.hpp"

#include <sched.h>

namespace support {
namespace {

// Then a thread that is to come may need the processor.
constexpr unsigned spins_before_yield = 500;

} // namespace

team::team(std::initializer_list<std::function<void()>> parts)
	: size_{static_cast<unsigned>(parts.size()) + 1}, gathered_{size_}, done_{size_}
{
	for (const std::function<void()>& part : parts)
		threads_.emplace_back([this, part] {
			for (start(); !over_; start()) {
				part();
				done_.arrive_and_wait();
			}
		});
}

team::~team()
{
	over_ = true;
	start();
	for (std::thread& thread : threads_)
		thread.join();
}

void team::start()
{
	gathered_.arrive_and_wait();
	const unsigned round = started_++ / size_;
	for (unsigned spins = 1; started_ < (round + 1) * size_; ++spins)
		if (spins % spins_before_yield == 0)
			sched_yield();
}

void team::together(const std::function<void()>& own)
{
	start();
	own();
	done_.arrive_and_wait();
}

} // namespace support
