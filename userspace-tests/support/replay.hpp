// SPDX-License-Identifier: GPL-2.0-only
// Histories at work. Both sides, epoll and myepoll, watch the same files; after each step they
// must have said the same.
#pragma once

#include "support/event_set.hpp"
#include "support/fd.hpp"
#include "support/history.hpp"
#include "support/waiter.hpp"

#include <array>
#include <chrono>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace support {

// The files that are watched, by slot. What cannot be done to a slot is quietly not done.
class shared_targets {
public:
	shared_targets();
	void open(unsigned slot, target_kind kind);
	void duplicate(unsigned from, unsigned to);
	void close(unsigned slot);
	void write_some(unsigned slot, unsigned bytes);
	void read_some(unsigned slot, unsigned bytes);
	void fill_up(unsigned slot);
	void drain_all(unsigned slot);
	void shut_down(unsigned slot, unsigned how);
	void fire_timer(unsigned slot);

	int fd(unsigned slot) const { return slots_[slot].fd; }
	// Numbers of inodes differ from run to run, the order in which they come up does not.
	std::string name_of_inode(std::uint64_t device, std::uint64_t inode) const;

private:
	struct target {
		target_kind kind = target_kind::pipe;
		unique_fd fd;
	};
	void put(unsigned slot, target_kind kind, unique_fd fd);
	void acknowledge_all() const;

	std::array<target, target_slots + 1> slots_;
	mutable std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t> inodes_;
};

// The sets of one backend. Each call tells in words what it gave, in a form in which both
// backends can be compared: sets have names, not numbers.
class side {
public:
	side(backend which, const shared_targets& targets) : which_{which}, targets_{targets} {}

	std::string create(unsigned slot);
	std::string close(unsigned slot);
	std::string control(unsigned slot, unsigned target, unsigned op, std::uint32_t mask, unsigned data);
	std::string wait(unsigned slot, unsigned maxevents);
	std::string wait_before_hole(unsigned slot, unsigned maxevents, unsigned room);
	std::string poll(unsigned slot);
	std::string list_items(unsigned slot);
	std::string block(unsigned slot, unsigned maxevents);
	std::string race(unsigned slot);
	// Waits until every blocked thread has returned or sleeps again; what the former got.
	std::string settle();

	std::string apply(const step& s);

private:
	struct sleeper {
		sleeper(unsigned slot_, const event_set& set, int maxevents)
			: slot{slot_}, thread{set, for_ever, maxevents}
		{
		}
		unsigned slot;
		waiter thread;
	};
	int fd(unsigned slot) const { return sets_[slot].fd(); }
	std::string name_of_target(int fd) const;

	backend which_;
	const shared_targets& targets_;
	std::array<event_set, set_slots> sets_{event_set{which_, unique_fd{}}, event_set{which_, unique_fd{}},
					       event_set{which_, unique_fd{}}, event_set{which_, unique_fd{}}};
	std::list<sleeper> sleepers_;
};

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
