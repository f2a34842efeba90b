// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_TRACE_TASKS_HPP
#define TOOLS_LOOK_TRACE_TASKS_HPP

#include <sys/types.h>

#include <map>
#include <string>
#include <utility>

#include "tools/look/trace_event.hpp"

namespace tools::look {

/** The names of threads as of the time of each event, and their processes. */
class trace_tasks {
public:
	/** `may_look`: in /proc, for what events do not tell; not if they are from elsewhere. */
	explicit trace_tasks(bool may_look = true) : may_look_{may_look} {}

	/** To be told of all events, in order. */
	void note(const trace_event& event);

	/** From elsewhere than events. */
	void know(pid_t thread, pid_t process, std::string name) { tasks_[thread] = {std::move(name), process}; }

	[[nodiscard]] const std::string& name_of(pid_t thread) { return known(thread).name; }
	/** Of the process that it is a thread of; of the thread itself if that cannot be found out any more. */
	[[nodiscard]] pid_t process_of(pid_t thread);

private:
	struct task {
		std::string name;
		pid_t process = 0; // 0: was not needed yet
	};
	task& known(pid_t thread);

	bool may_look_;
	std::map<pid_t, task> tasks_;
};

/** "python3[155]", or "softirq on cpu 1" for what an interrupt does while some thread runs. */
std::string actor_in_words(const trace_event& event, trace_tasks& tasks);

} // namespace tools::look

#endif
