// SPDX-License-Identifier: GPL-2.0-only
#include "support/stuck_set.hpp"

#include "support/targets.hpp"

namespace support {

stuck_set::stuck_set(event_set set) : set_{std::move(set)}
{
	checked(static_cast<int>(set_.add(slow_.fd(), EPOLLIN | EPOLLET)), "add");
}

void stuck_set::begin()
{
	slow_.wake();
	slow_.hold();
	waiter_.emplace([this] { set_.wait(for_ever); });
	slow_.await_question();
}

void stuck_set::end()
{
	slow_.release();
	waiter_.reset();
}

} // namespace support
