// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_TRACE_FILTER_HPP
#define TOOLS_LOOK_TRACE_FILTER_HPP

#include <sys/types.h>

#include <cstdint>
#include <set>

#include "tools/look/trace_event.hpp"

namespace tools::look {

/**
 * Which events to show: those of instances that known threads use. Not those of known threads, because the callback runs
 * in whatever thread or interrupt makes a target ready.
 */
class trace_filter {
public:
	/** From now on not everything is shown. */
	void know_thread(pid_t thread);
	void know_instance(std::uint64_t instance) { instances_.insert(instance); }

	/** To be asked about all events, in order. */
	[[nodiscard]] bool wants(const trace_event& event);

private:
	bool everything_ = true;
	std::set<pid_t> threads_;
	std::set<std::uint64_t> instances_;
};

} // namespace tools::look

#endif
