// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_TRACE_SESSION_HPP
#define TOOLS_LOOK_TRACE_SESSION_HPP

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/look/processes.hpp"
#include "tools/look/trace_event.hpp"
#include "tools/look/trace_tasks.hpp"

namespace tools::look {

/** Whose events: of a command, of a process, or without both of everybody. */
struct trace_scope {
	pid_t process = 0;
	std::vector<std::string> command{};
	unsigned long buffer = 4096;	 // KiB for each CPU
	std::optional<double> seconds{}; // at most so long; a command goes on without us
};

/** What is done with events. */
class trace_consumer {
public:
	virtual ~trace_consumer() = default;

	/**
	 * Times of the events' clock: events are switched on from `start` on, and all are from `on` on. Nothing has been
	 * taken yet.
	 */
	virtual void begin(std::uint64_t start, std::uint64_t on, trace_tasks& tasks) = 0;
	/** An instance that the process had before. */
	virtual void know_instance(std::uint64_t number, const holder& by) = 0;
	/** Each event, in order; `is_wanted`: it is a step of an instance in scope. */
	virtual void take(const trace_event& event, bool is_wanted) = 0;
	/** When all that has fired for now was taken; false if no more is wanted. */
	virtual bool end_round() = 0;
	/** Events are still on, but will not be any more: the last chance to look at what they tell of. */
	virtual void last_look() {}
	/** No more comes; so many were lost in the kernel. */
	virtual void end(std::uint64_t lost) = 0;
};

/**
 * Switches events on, until the command or process ends, a signal comes, or the consumer wants no more. Returns the exit
 * status of the command, or 0. Throws a failure, also if the scope is none.
 */
int follow_events(const trace_scope& scope, trace_consumer& consumer);

} // namespace tools::look

#endif
