// SPDX-License-Identifier: MIT
#include "tools/look/trace_filter.hpp"

namespace tools::look {
namespace {

// What a thread only does to an instance of its own, unlike making a target ready.
bool is_a_call(const trace_event& step)
{
	return step.where == trace_event::context::task &&
	       (step.name == "create" || step.name == "ctl" || step.name == "wait");
}

} // namespace

void trace_filter::know_thread(pid_t thread)
{
	everything_ = false;
	threads_.insert(thread);
}

bool trace_filter::wants(const trace_event& event)
{
	switch (event.what) {
	case trace_event::kind::forked:
		if (threads_.contains(event.thread))
			threads_.insert(event.other);
		return false;
	case trace_event::kind::freed:
		threads_.erase(event.other);
		return false;
	case trace_event::kind::renamed:
		return false;
	case trace_event::kind::step:
		if (is_a_call(event) && threads_.contains(event.thread))
			instances_.insert(event.instance);
		return everything_ || instances_.contains(event.instance);
	}
	return false;
}

} // namespace tools::look
