// SPDX-License-Identifier: GPL-2.0-only
#include "support/team.hpp"

#include <sched.h>

namespace support {
namespace {

// After that, a thread that has not arrived yet may need the CPU.
constexpr unsigned spins_before_yield = 500;

// How much later than the others a part may start: about as long as a short system call.
constexpr unsigned most_delay = 4000;

} // namespace

team::team(storm& weather, std::initializer_list<std::function<void()>> parts)
	: size_{static_cast<unsigned>(parts.size()) + 1}, gathered_{size_}, done_{size_},
	  own_roll_{weather.next_dice()}
{
	for (const std::function<void()>& part : parts)
		threads_.emplace_back([this, part, roll = weather.next_dice()]() mutable {
			for (start(roll); !over_; start(roll)) {
				part();
				done_.arrive_and_wait();
			}
		});
}

team::~team()
{
	over_ = true;
	start(own_roll_);
	for (std::thread& thread : threads_)
		thread.join();
}

void team::start(dice& roll)
{
	gathered_.arrive_and_wait();
	const unsigned round = started_++ / size_;
	for (unsigned spins = 1; started_ < (round + 1) * size_; ++spins)
		if (spins % spins_before_yield == 0)
			sched_yield();
	for (unsigned delay = roll.below(most_delay); delay > 0; --delay)
		asm volatile("");
}

void team::together(const std::function<void()>& own)
{
	start(own_roll_);
	own();
	done_.arrive_and_wait();
}

} // namespace support
