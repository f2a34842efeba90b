// SPDX-License-Identifier: GPL-2.0-only
// What a history does to the sets of one side, epoll or myepoll.
#pragma once

#include "support/changes.hpp"
#include "support/event_set.hpp"
#include "support/history.hpp"
#include "support/shared_targets.hpp"
#include "support/tally.hpp"
#include "support/waiter.hpp"

#include <array>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace support {

// The sets of one backend. Each call returns its result in words, in a form in which both backends
// can be compared: sets appear by name, not by descriptor.
class side {
public:
	side(backend which, const shared_targets& targets) : which_{which}, targets_{targets} {}

	std::string create(unsigned slot);
	std::string close(unsigned slot);
	std::string control(unsigned slot, unsigned target, unsigned op, std::uint32_t mask, unsigned data);
	std::string wait(unsigned slot, unsigned maxevents, memory_kind memory = memory_kind::touched,
			 unsigned bytes_on_first_page = 0);
	std::string poll(unsigned slot);
	std::string list_items(unsigned slot);
	std::string block(unsigned slot, unsigned maxevents, memory_kind memory = memory_kind::touched,
			  unsigned bytes_on_first_page = 0);
	std::string race(unsigned slot);
	// Waits until every blocked thread has returned or sleeps again; returns the results of
	// those that have returned.
	std::string settle();

	std::string apply(const step& s);
	// The events of the last step, if it was a wait.
	const std::optional<delivery>& harvest() const { return harvest_; }

	// Whether steps from the first on can be one CHANGE: controls of one set, perhaps a wait behind them. How many.
	std::size_t fit_in_one_call(std::span<const step> steps) const;
	// Makes that call. The result of each step.
	std::vector<std::string> apply_in_one_call(std::span<const step> steps);

private:
	struct sleeper {
		sleeper(unsigned slot_, memory_kind memory, unsigned bytes_on_first_page, const event_set& set,
			std::size_t maxevents);
		unsigned slot;
		event_buffer buffer;
		waiter thread;
	};
	int fd(unsigned slot) const { return sets_[slot].fd(); }
	std::string name_of_target(int fd) const;
	long control_fd(unsigned slot, int fd, unsigned op, std::uint32_t mask, std::uint64_t data) const;
	std::vector<myepoll_change_entry> entries_of(const step& s);
	const event_buffer& renewed_buffer(memory_kind memory, unsigned bytes_on_first_page);
	void count(unsigned slot, const delivery& got, tally::waits& waits) const;

	backend which_;
	const shared_targets& targets_;
	std::array<event_set, set_slots> sets_{event_set{which_, unique_fd{}}, event_set{which_, unique_fd{}},
					       event_set{which_, unique_fd{}}, event_set{which_, unique_fd{}}};
	// The kind of target for the data of each set's items, if the kind is counted.
	std::array<std::map<std::uint64_t, target_kind>, set_slots> counted_;
	std::map<std::pair<pid_t, memory_kind>, event_buffer> buffers_; // of waits that do not sleep
	std::list<sleeper> sleepers_;
	std::optional<delivery> harvest_;
};

} // namespace support
