// SPDX-License-Identifier: GPL-2.0-only
// myepoll by ring: events are taken from memory, and a call is made only to sleep. Edge-triggered, for nothing else goes
// through the ring.
#pragma once

#include <myepoll/event_ring.hpp>
#include <myepoll/instance.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

// Ring is that of one consumer or of several.
template <typename Ring> class ring_set {
public:
	explicit ring_set(std::size_t most_events = 64)
		: ring_{set_, std::bit_ceil(static_cast<std::uint32_t>(most_events))}, events_(most_events)
	{
	}

	void add(int fd, std::uint32_t wanted) { set_.add_on_ring(fd, myepoll::interest{wanted}, data(fd)); }
	void modify(int fd, std::uint32_t wanted) { set_.modify_on_ring(fd, myepoll::interest{wanted}, data(fd)); }
	void remove(int fd) { set_.remove(fd); }

	// Each returns how many are ready.
	std::size_t look() { return ring_.wait(set_, events_, std::chrono::nanoseconds::zero()).size(); }
	std::size_t wait() { return ring_.wait(set_, events_).size(); }

	// Never a call.
	bool maybe_ready() { return ring_.maybe_ready(); }
	std::size_t take() { return ring_.take(events_).size(); }

	static void create_and_close() { ring_set{}; }

private:
	static std::uint64_t data(int fd) noexcept { return static_cast<std::uint64_t>(fd); }

	myepoll::instance set_;
	Ring ring_;
	std::vector<myepoll::event> events_;
};

} // namespace bench
