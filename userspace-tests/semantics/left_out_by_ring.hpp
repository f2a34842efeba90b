// SPDX-License-Identifier: GPL-2.0-only
// The suites and tests that do not run by ring. What runs, and differs, stands in known_differences.hpp.
#pragma once

#include <string_view>

namespace semantics {

struct left_out {
	std::string_view what; // Suite or Suite.name
	std::string_view reason;
};

constexpr std::string_view no_scan = "what comes from a ring was not polled, so there is no scan to hold up";

inline constexpr left_out left_out_by_ring[] = {
	{"BufferDuringPoll", "what comes from a ring was not polled"},
	{"CallbackNeighbours", "an instance with a ring refuses EPOLLEXCLUSIVE"},
	{"Exclusive", "an instance with a ring refuses EPOLLEXCLUSIVE"},
	{"FaultingWaiter.leaves_new_events_to_the_next_sleeper", "who takes from a ring writes to his memory himself"},
	{"ScanInProgress.does_not_lose_the_next_edge_of_what_it_delivers", no_scan},
	{"ScanInProgress.makes_nothing_deaf_that_came_and_went_meanwhile", no_scan},
	{"ScanInProgress.is_not_taken_for_an_empty_ready_list", no_scan},
	{"ScanInProgress.is_awaited_by_poll", no_scan},
	{"ScanInProgress.is_awaited_by_ctl", no_scan},
	{"Wakeup", "an instance with a ring refuses EPOLLWAKEUP"},
};

} // namespace semantics
