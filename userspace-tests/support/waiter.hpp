// SPDX-License-Identifier: GPL-2.0-only
// A thread that waits on an instance:
//
//	waiter sleeper{set};
//	ASSERT_TRUE(sleeper.falls_asleep());
//	signal_eventfd(target);
//	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, target}}));
//
// After an event that wakes the sleeper, still_asleep() is exact: the waker has taken the thread
// out of its sleep before the call that made the event returns.
#pragma once

#include "support/event_buffer.hpp"
#include "support/event_set.hpp"
#include "support/helper_thread.hpp"

#include <algorithm>
#include <deque>

namespace support {

class waiter {
public:
	explicit waiter(const event_set& set, std::chrono::milliseconds timeout = for_ever,
			int maxevents = 16);
	// Waits forever, into memory of the test's choice.
	waiter(const event_set& set, const event_buffer& memory);
	waiter(const event_set& set, const event_buffer& memory, std::size_t maxevents);

	// Waits until the thread is asleep in the kernel; false if the wait returned instead.
	bool falls_asleep();
	bool still_asleep() const { return asleep_in_wait(thread_.state(), epfd_); }
	bool returned() const { return thread_.finished(); }

	void interrupt() const { thread_.interrupt(); }
	pid_t tid() const { return thread_.tid(); }
	// Waits until the wait returns.
	delivery result();

private:
	int epfd_;
	delivery result_;
	helper_thread thread_;
};

// Several waiters on one instance, blocked one after the other.
class waiter_crowd {
public:
	waiter_crowd(const event_set& set, int count, std::chrono::milliseconds timeout = for_ever,
		     int maxevents = 16);

	bool all_asleep() const;
	// Waits until that many have returned.
	void await_returned(long count) const;
	long count_returned() const;
	long count_asleep() const;
	waiter& operator[](std::size_t i) { return waiters_[i]; }

private:
	std::deque<waiter> waiters_;
};

} // namespace support
