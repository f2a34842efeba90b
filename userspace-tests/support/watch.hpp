// SPDX-License-Identifier: GPL-2.0-only
// One target, watched twice, by two instances: level-triggered and edge-triggered.
//
//	const watch seen{GetParam(), pipe.reader, EPOLLIN};
//	EXPECT_THAT(seen.now(), stays_at(0));
//	write_bytes(pipe.writer, 1);
//	EXPECT_THAT(seen.now(), wakes_with(EPOLLIN));
//	EXPECT_THAT(seen.now(), stays_at(EPOLLIN));
#pragma once

#include "support/event_set.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <ostream>
#include <string>

namespace support {

// All that a target can report.
constexpr std::uint32_t all_events = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLERR | EPOLLHUP |
				     EPOLLRDNORM | EPOLLRDBAND | EPOLLWRNORM | EPOLLWRBAND |
				     EPOLLMSG | EPOLLRDHUP;

// What most targets report when they can be read or written; sockets other than TCP are sendable.
constexpr std::uint32_t readable = EPOLLIN | EPOLLRDNORM;
constexpr std::uint32_t writable = EPOLLOUT | EPOLLWRNORM;
constexpr std::uint32_t sendable = EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND;

std::string names_of(std::uint32_t mask);

// The masks that two waits in a row delivered from each instance, 0 if there was no event.
struct sighting {
	std::uint32_t level = 0;
	std::uint32_t level_again = 0;
	std::uint32_t edge = 0;
	std::uint32_t edge_again = 0;
	bool edge_is_hint = false; // as in an event
};

std::ostream& operator<<(std::ostream& out, const sighting& s);

class watch {
public:
	// Throws if the target cannot be watched.
	watch(backend which, int target, std::uint32_t interest);

	sighting now() const;
	// Waits for the edge and then for the level, for targets that are not ready at once.
	sighting next() const;

private:
	sighting look(std::chrono::milliseconds patience) const;

	event_set level_;
	event_set edge_;
};

// The target has woken its watchers since the last check, and is in this state.
MATCHER_P(wakes_with, mask, "is " + names_of(mask) + " at each level-triggered wait, and at the first edge-triggered one")
{
	const std::uint32_t expected = mask;
	event edge{arg.edge, 0};
	edge.is_hint = arg.edge_is_hint;
	return arg.level == expected && arg.level_again == expected && edge == event{expected, 0} &&
	       arg.edge_again == 0;
}

// The target is in this state, and there was no edge since the last check.
MATCHER_P(stays_at, mask, "is " + names_of(mask) + " at each level-triggered wait, without an edge")
{
	const std::uint32_t expected = static_cast<std::uint32_t>(mask);
	return arg.level == expected && arg.level_again == expected && arg.edge == 0 &&
	       arg.edge_again == 0;
}

} // namespace support
