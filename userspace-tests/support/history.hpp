// SPDX-License-Identifier: GPL-2.0-only
// Random histories: sequences of steps on a handful of targets and of sets that watch them. A
// history is plain data, so that it can be replayed, shortened and printed.
#pragma once

#include "support/event_buffer.hpp"
#include "support/storm.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace support {

constexpr unsigned target_slots = 12;
constexpr unsigned set_slots = 4;

enum class target_kind {
	pipe,
	unix_stream,
	unix_datagram,
	tcp,
	udp,
	eventfd,
	semaphore,
	timerfd,
	// These forget what they report, so each side has its own.
	perf,
	hostname,
	mounts,
	crowd, // so many eventfds that their events do not fit into a page
};

inline constexpr std::array all_target_kinds{
	target_kind::pipe,    target_kind::unix_stream, target_kind::unix_datagram, target_kind::tcp,
	target_kind::udp,     target_kind::eventfd,     target_kind::semaphore,     target_kind::timerfd,
	target_kind::perf,    target_kind::hostname,    target_kind::mounts,        target_kind::crowd,
};

constexpr bool forgets(target_kind kind)
{
	return kind == target_kind::perf || kind == target_kind::hostname || kind == target_kind::mounts;
}

const char* name_of(target_kind kind);

enum class act {
	// to the targets, which all sets share; a is a slot
	open_target, // b: target_kind; a pair takes the slot after it as well
	duplicate,   // b: the slot that receives the new descriptor
	close_target,
	write_some, // b: bytes; for a forgetful kind, an event on all its targets
	read_some,  // b: bytes
	fill_up,
	drain_all,
	shut_down, // b: SHUT_RD, SHUT_WR or SHUT_RDWR
	fire_timer,
	// to a set; a is its slot
	create_set,
	close_set,
	control, // b: a target slot, or target_slots + a set slot; c: op, also SET or DROP, as in a CHANGE; mask; data
	wait,    // b: maxevents; c: memory_kind; data: bytes on the first page
	poll_set,
	list_items,
	block, // as wait; a thread waits until an event lets it return
	race,  // a writer signals a target of its own while the set is waited on
};

struct step {
	act what = act::create_set;
	unsigned a = 0;
	unsigned b = 0;
	unsigned c = 0;
	std::uint32_t mask = 0;
	unsigned data = 0;
	bool in_child = false; // with its neighbours, in a forked child that exits after them
};

using history = std::vector<step>;

history random_history(dice& roll, unsigned length);

// The same for sets with rings: nothing that they refuse; waits return all that there is; no races, in which masks are
// compared; and no target that forgets what a poll has told, because what comes from a ring was not polled.
history for_rings(history steps);

// As a C++ statement that applies the step to "targets" or "sets"; expected is epoll's result.
std::string as_cpp(const step& s, const std::string& expected);

} // namespace support
