// SPDX-License-Identifier: GPL-2.0-only
// The suites that do not run by ring. Single tests that differ there stand in known_differences.hpp.
#pragma once

#include <string_view>

namespace semantics {

struct left_out {
	std::string_view suite;
	std::string_view reason;
};

inline constexpr left_out left_out_by_ring[] = {
	{"Exclusive", "an instance with a ring refuses EPOLLEXCLUSIVE"},
	{"Wakeup", "an instance with a ring refuses EPOLLWAKEUP"},
};

} // namespace semantics
