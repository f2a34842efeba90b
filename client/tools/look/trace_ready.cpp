// SPDX-License-Identifier: MIT
#include "tools/look/trace_ready.hpp"

#include <string>

namespace tools::look {
namespace {

std::string text_of(const trace_event& step, const char* field)
{
	const trace_field* const found = step.find(field);
	return found != nullptr ? found->text : "";
}

} // namespace

std::optional<trace_ready::lengths> trace_ready::note(const trace_event& step)
{
	if (step.name == "create")
		return instances_[step.instance].measure();
	const auto found = instances_.find(step.instance);
	if (found == instances_.end())
		return std::nullopt;
	if (step.name == "release") {
		instances_.erase(found);
		return lengths{0, 0};
	}
	const lengths before = found->second.measure();
	apply(step, found->second);
	const lengths after = found->second.measure();
	return after != before ? std::optional{after} : std::nullopt;
}

// During a scan arrivals go to the overflow list, also of items that the scan has not come to, and join at its end.
void trace_ready::apply(const trace_event& step, lists& to)
{
	const trace_field* const item = step.find("item");
	if (step.name == "scan_end") {
		to.ready.merge(to.overflow);
		to.overflow.clear();
	} else if (item == nullptr) {
		return;
	} else if (step.name == "notify" || step.name == "queue") {
		const std::string outcome = text_of(step, "outcome");
		if (outcome == "queued")
			to.ready.insert(item->number);
		else if (outcome == "overflowed")
			to.overflow.insert(item->number);
	} else if (step.name == "unlink") {
		to.ready.erase(item->number);
		to.overflow.erase(item->number);
	} else if ((step.name == "poll" && text_of(step, "ready").empty()) ||
		   (step.name == "deliver" && text_of(step, "fate") != "stays ready")) {
		to.ready.erase(item->number);
	}
}

} // namespace tools::look
