// SPDX-License-Identifier: MIT
#include "tools/look/trace_tasks.hpp"

#include <fstream>

#include "tools/look/words.hpp"
#include "tools/process.hpp"

namespace tools::look {

void trace_tasks::note(const trace_event& event)
{
	switch (event.what) {
	case trace_event::kind::forked:
	case trace_event::kind::renamed:
		if (!event.comm.empty())
			known(event.other).name = event.comm;
		return;
	case trace_event::kind::freed:
		tasks_.erase(event.other);
		return;
	case trace_event::kind::step:
		return;
	}
}

pid_t trace_tasks::process_of(pid_t thread)
{
	task& of = known(thread);
	if (of.process == 0) {
		of.process = thread;
		if (!may_look_)
			return thread;
		std::ifstream file{"/proc/" + std::to_string(thread) + "/status"};
		for (std::string word; file >> word;)
			if (word == "Tgid:" && file >> of.process)
				break;
	}
	return of.process;
}

trace_tasks::task& trace_tasks::known(pid_t thread)
{
	const auto [found, is_new] = tasks_.try_emplace(thread);
	if (is_new)
		found->second.name = may_look_ ? tools::name_of(thread) : "task " + std::to_string(thread);
	return found->second;
}

std::string actor_in_words(const trace_event& event, trace_tasks& tasks)
{
	if (event.where == trace_event::context::task)
		return task_in_words(tasks.name_of(event.thread), event.thread);
	return (event.where == trace_event::context::softirq ? "softirq on cpu " : "hardirq on cpu ") +
	       std::to_string(event.cpu);
}

} // namespace tools::look
