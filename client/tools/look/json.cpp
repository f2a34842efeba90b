// SPDX-License-Identifier: MIT
#include "tools/look/json.hpp"

#include <cstdio>

#include "tools/look/words.hpp"
#include "tools/process.hpp"

namespace tools::look {

using nlohmann::ordered_json;

ordered_json to_json(const holder& one)
{
	return {{"pid", one.process}, {"name", one.name}, {"fd", one.fd}};
}

ordered_json to_json(const myepoll_counters& counters)
{
	return {{"callbacks", counters.callbacks},
		{"queued", counters.queued},
		{"overflowed", counters.overflowed},
		{"already_queued", counters.already_queued},
		{"disabled", counters.disabled},
		{"waits", counters.waits},
		{"sleeps", counters.sleeps},
		{"woken_in_vain", counters.woken_in_vain},
		{"polled", counters.polled},
		{"polled_in_vain", counters.polled_in_vain},
		{"delivered", counters.delivered},
		{"edits", counters.edits}};
}

ordered_json to_json(const instance_state& state, const std::vector<holder>& holders)
{
	ordered_json json{{"instance", state.number}, {"holders", ordered_json::array()}};
	for (const holder& one : holders)
		json["holders"].push_back(to_json(one));
	json["source"] = state.has_snapshot ? "snapshot" : "fdinfo";
	json["watches"] = state.watches;
	if (!state.has_snapshot)
		return json;
	json["ready"] = state.ready;
	json["change"] = state.change;
	json["consistent"] = !state.changed;
	json["counters"] = to_json(state.counters);
	json["sleepers"] = ordered_json::array();
	for (const sleeper& one : state.sleepers)
		json["sleepers"].push_back({{"thread", one.thread},
					    {"name", one.thread == 0 ? "" : name_of(one.thread)},
					    {"asleep_ms", one.asleep_ms}});
	return json;
}

ordered_json to_json(const view& of)
{
	ordered_json json = to_json(of.state, of.known.holders);
	for (const auto& [name, count] : of.state.ring)
		json["ring"][name == "taken back" ? "taken_back" : name] = count;
	json["left_out"] = of.left_out;
	json["items"] = ordered_json::array();
	for (const shown_watch& one : of.watches) {
		const myepoll_item& item = one.of->item;
		ordered_json shown{{"fd", item.fd},
				   {"events", item.events},
				   {"interest", events_in_words(item.events)},
				   {"data", hexadecimal(item.data)},
				   {"what", one.what}};
		if (of.state.has_snapshot) {
			shown["item"] = hexadecimal(item.item);
			shown["ready"] = has(*one.of, MYEPOLL_ITEM_READY);
			shown["posted"] = has(*one.of, MYEPOLL_ITEM_POSTED);
			shown["disabled"] = has(*one.of, MYEPOLL_ITEM_DISABLED);
			shown["hooks"] = item.hooks;
		}
		if (of.state.whole) {
			shown["position"] = item.position;
			shown["red"] = has(*one.of, MYEPOLL_ITEM_RED);
			if (item.parent >= 0)
				shown["parent"] = hexadecimal(of.state.items[static_cast<std::size_t>(item.parent)].item.item);
		}
		if (of.file_holders) {
			shown["file_holders"] = ordered_json::array();
			for (const holder& by : one.file_holders)
				shown["file_holders"].push_back(to_json(by));
		}
		json["items"].push_back(std::move(shown));
	}
	return json;
}

void print_json(const ordered_json& value)
{
	std::puts(value.dump(-1, ' ', true, ordered_json::error_handler_t::replace).c_str());
}

} // namespace tools::look
