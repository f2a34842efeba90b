// SPDX-License-Identifier: GPL-2.0-only
#include "support/team.hpp"

#include <sched.h>

namespace support {
namespace {

// Then somebody else may need the processor.
constexpr unsigned spins_before_yield = 200;

} // namespace

void start_line::cross()
{
	const unsigned turn = turn_;
	if (++waiting_ == size_) {
		waiting_ = 0;
		++turn_;
		return;
	}
	for (unsigned spins = 1; turn_ == turn; ++spins)
		if (spins % spins_before_yield == 0)
			sched_yield();
}

team::team(std::initializer_list<std::function<void()>> parts)
	: start_{static_cast<unsigned>(parts.size()) + 1},
	  finish_{static_cast<unsigned>(parts.size()) + 1}
{
	for (const std::function<void()>& part : parts)
		threads_.emplace_back([this, part] {
			for (start_.cross(); !over_; start_.cross()) {
				part();
				finish_.cross();
			}
		});
}

team::~team()
{
	over_ = true;
	start_.cross();
	for (std::thread& thread : threads_)
		thread.join();
}

void team::together(const std::function<void()>& own)
{
	start_.cross();
	own();
	finish_.cross();
}

} // namespace support
