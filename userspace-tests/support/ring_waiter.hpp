// SPDX-License-Identifier: GPL-2.0-only
// A thread in a WAIT that the ring, too, can end: as a waiter, for a consumer that has found the ring empty.
#pragma once

#include "support/helper_thread.hpp"
#include "support/mapped_ring.hpp"

namespace support {

class ring_waiter {
public:
	explicit ring_waiter(const mapped_ring& ring, std::chrono::milliseconds timeout = for_ever, int maxevents = 0)
		: epfd_{ring.epfd()}, thread_{[this, head = ring.head(), timeout, maxevents] {
			  result_ = wait_on_ring(epfd_, head, timeout, maxevents);
		  }}
	{
	}

	// Waits until the thread is asleep in the kernel; false if the wait returned instead.
	bool falls_asleep()
	{
		await([this] { return returned() || still_asleep(); });
		return !returned();
	}
	bool still_asleep() const { return asleep_in_wait(thread_.state(), epfd_); }
	bool returned() const { return thread_.finished(); }

	void interrupt() const { thread_.interrupt(); }
	// Waits until the wait returns.
	delivery result()
	{
		thread_.join();
		return result_;
	}

private:
	int epfd_;
	delivery result_;
	helper_thread thread_;
};

} // namespace support
