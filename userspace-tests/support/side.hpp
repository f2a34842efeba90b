// SPDX-License-Identifier: GPL-2.0-only
// What a history does to the sets of one side, epoll or myepoll.
#pragma once

#include "support/event_set.hpp"
#include "support/history.hpp"
#include "support/shared_targets.hpp"
#include "support/waiter.hpp"

#include <array>
#include <list>
#include <string>

namespace support {

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

} // namespace support
