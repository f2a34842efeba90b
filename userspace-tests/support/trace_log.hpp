// SPDX-License-Identifier: GPL-2.0-only
// What the module's trace events say, in the text of tracefs:
//
//	trace_log log;                                     all events are on from here
//	set.add(target, EPOLLIN);
//	EXPECT_THAT(log.of(set), steps({"link", "hook", "ctl"}));
#pragma once

#include "support/event_set.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace support {

struct trace_step {
	std::string name; // without "myepoll_"
	pid_t thread = 0;
	bool in_softirq = false;
	std::map<std::string, std::string> fields;

	// Of a field that is there.
	const std::string& text(const std::string& field) const;
	std::int64_t number(const std::string& field) const;
};

std::ostream& operator<<(std::ostream& out, const trace_step& step);

class trace_log {
public:
	// Why events cannot be traced here, if they cannot.
	static std::optional<std::string> why_impossible();

	// Switches on all events of the module.
	trace_log();
	trace_log(const trace_log&) = delete;
	trace_log& operator=(const trace_log&) = delete;
	~trace_log();

	// All so far, in the order in which they fired.
	std::vector<trace_step> all() const;
	// Those of one instance.
	std::vector<trace_step> of(const event_set& set) const { return of(number_of(set)); }
	std::vector<trace_step> of(std::uint64_t instance) const;

	// INFO's number of an instance.
	static std::uint64_t number_of(const event_set& set);
};

// The names of the steps, one after the other.
std::vector<std::string> names_of(const std::vector<trace_step>& steps);
// The only step of that name, or throws.
const trace_step& the_only(const std::string& name, const std::vector<trace_step>& steps);

} // namespace support
