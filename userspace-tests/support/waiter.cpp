// SPDX-License-Identifier: GPL-2.0-only
#include "support/waiter.hpp"

namespace support {

waiter::waiter(const event_set& set, std::chrono::milliseconds timeout, int maxevents)
	: epfd_{set.fd()},
	  thread_{[this, &set, timeout, maxevents] { result_ = set.wait(timeout, maxevents); }}
{
}

waiter::waiter(const event_set& set, const event_buffer& memory) : waiter{set, memory, memory.capacity()} {}

waiter::waiter(const event_set& set, const event_buffer& memory, std::size_t maxevents)
	: epfd_{set.fd()},
	  thread_{[this, &set, &memory, maxevents] { result_ = memory.wait(set, for_ever, maxevents); }}
{
}

bool waiter::falls_asleep()
{
	await([this] { return returned() || still_asleep(); });
	return !returned();
}

delivery waiter::result()
{
	thread_.join();
	return result_;
}

waiter_crowd::waiter_crowd(const event_set& set, int count, std::chrono::milliseconds timeout,
			   int maxevents)
{
	for (int i = 0; i < count; ++i)
		waiters_.emplace_back(set, timeout, maxevents).falls_asleep();
}

bool waiter_crowd::all_asleep() const { return count_asleep() == static_cast<long>(waiters_.size()); }

void waiter_crowd::await_returned(long count) const
{
	await([this, count] { return count_returned() >= count; });
}

long waiter_crowd::count_returned() const
{
	return std::count_if(waiters_.begin(), waiters_.end(),
			     [](const waiter& w) { return w.returned(); });
}

long waiter_crowd::count_asleep() const
{
	return std::count_if(waiters_.begin(), waiters_.end(),
			     [](const waiter& w) { return w.still_asleep(); });
}

} // namespace support
