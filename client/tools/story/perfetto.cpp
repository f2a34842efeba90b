// SPDX-License-Identifier: MIT
#include "tools/story/perfetto.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

#include "tools/look/trace_output.hpp"
#include "tools/look/words.hpp"

namespace tools::story {
namespace {

bool has_bits(std::string_view field) { return field == "events" || field == "key" || field == "ready"; }

std::string text_of(const recording& of, const std::string& field, std::int64_t value)
{
	switch (type_of(field)) {
	case field_type::word: return of.words[static_cast<std::size_t>(value)];
	case field_type::item: return value == 0 ? "0" : look::hexadecimal(of.items[static_cast<std::size_t>(value) - 1]).substr(2);
	case field_type::data: return of.redacted ? "" : look::hexadecimal(static_cast<std::uint64_t>(value));
	default: break;
	}
	if (has_bits(field))
		return value != 0 ? look::events_in_words(static_cast<std::uint32_t>(value)) : "";
	const char* const error = field == "result" && value < 0 ? strerrorname_np(static_cast<int>(-value)) : nullptr;
	return error != nullptr ? error : std::to_string(value);
}

look::trace_event event_of(const recording& of, const step& one)
{
	look::trace_event event;
	event.time = one.time;
	event.cpu = one.cpu;
	event.thread = one.thread;
	event.where = static_cast<look::trace_event::context>(one.context);
	event.name = of.name_of(one);
	event.instance = one.instance;
	const auto& fields = of.kinds[one.kind].fields;
	for (std::size_t i = 0; i < fields.size(); ++i) {
		// Items are told apart by their numbers there.
		const bool is_item = type_of(fields[i]) == field_type::item && one.values[i] != 0;
		const std::int64_t number =
			is_item ? static_cast<std::int64_t>(of.items[static_cast<std::size_t>(one.values[i]) - 1]) : one.values[i];
		event.fields.push_back({fields[i], text_of(of, fields[i], one.values[i]), number});
	}
	return event;
}

} // namespace

std::string to_perfetto(const recording& of)
{
	look::trace_tasks tasks{false};
	const auto output = look::make_trace_perfetto(tasks, 0);
	std::map<item_index, std::string> what;
	auto task = of.tasks.begin();
	auto target = of.targets.begin();
	auto lost = of.losses.begin();
	std::string text;
	output->begin(text);
	for (const step& one : of.steps) {
		for (; task != of.tasks.end() && task->time <= one.time; ++task)
			tasks.know(task->thread, task->process, task->name);
		for (; target != of.targets.end() && target->time <= one.time; ++target)
			what[target->item] = target->what;
		for (; lost != of.losses.end() && lost->time <= one.time; ++lost) {
			look::trace_event before;
			before.time = lost->time;
			before.cpu = lost->cpu;
			before.lost = lost->count ? static_cast<long long>(*lost->count) : -1;
			output->add_lost(before, text);
		}
		output->add(event_of(of, one), what[static_cast<item_index>(of.value(one, "item"))], text);
	}
	output->end(of.steps.size(), of.lost, text);
	return text;
}

} // namespace tools::story
