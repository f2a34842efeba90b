// SPDX-License-Identifier: GPL-2.0-only
// Runs histories. Both sides, epoll and myepoll, watch the same files, and must have the same
// result after each step.
#pragma once

#include "support/history.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace support {

struct difference {
	std::size_t at = 0; // the step
	std::string on_epoll;
	std::string on_myepoll;
};

// Runs a history on both sides at once, up to the first difference; by CHANGE, several steps are one call where they
// can be.
std::optional<difference> replay(const history& steps, backend other);

// The same, several times if the history contains a race.
std::optional<difference> replay_until_it_shows(const history& steps, backend other);

// Removes steps as long as the rest still shows a difference, until patience runs out.
history shortened(history steps, backend other, std::chrono::seconds patience);

// A file for semantics/ with a test that expects what epoll does in this history.
std::string as_test_file(const history& steps);

} // namespace support
