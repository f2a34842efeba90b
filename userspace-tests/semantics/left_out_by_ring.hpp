// SPDX-License-Identifier: GPL-2.0-only
// The suites and tests that do not run by ring. What runs, and differs, stands in known_differences.hpp.
#pragma once

#include <string_view>

namespace semantics {

struct left_out {
	std::string_view what; // Suite or Suite.name
	std::string_view reason;
};

inline constexpr left_out left_out_by_ring[] = {
	{"BufferDuringPoll", "what comes from a ring was not polled"},
	{"CallbackNeighbours", "an instance with a ring refuses EPOLLEXCLUSIVE"},
	{"Exclusive", "an instance with a ring refuses EPOLLEXCLUSIVE"},
	{"FaultingWaiter.leaves_new_events_to_the_next_sleeper", "who takes from a ring writes to his memory himself"},
	{"Wakeup", "an instance with a ring refuses EPOLLWAKEUP"},
};

} // namespace semantics
