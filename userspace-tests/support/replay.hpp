// SPDX-License-Identifier: GPL-2.0-only
// Histories at work. Both sides, epoll and myepoll, watch the same files; after each step they
// must have said the same.
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

// Runs a history on both sides at once, up to the first difference.
std::optional<difference> replay(const history& steps);

// The same, several times where the history has a race in it.
std::optional<difference> replay_until_it_shows(const history& steps);

// Leaves steps out as long as the rest still shows a difference, or until patience ends.
history shortened(history steps, std::chrono::seconds patience);

// A file for semantics/ with a test that expects what epoll does in this history.
std::string as_test_file(const history& steps);

} // namespace support
