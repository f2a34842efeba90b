// SPDX-License-Identifier: MIT
#include "tools/look/ls.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <thread>
#include <utility>

#include "tools/look/instance_state.hpp"
#include "tools/look/json.hpp"
#include "tools/look/survey.hpp"
#include "tools/look/table.hpp"
#include "tools/look/words.hpp"

namespace tools::look {
namespace {

using nlohmann::ordered_json;

// Holders in a line; a set that a thousand processes inherited has a thousand.
constexpr std::size_t most_holders = 8;

struct listed {
	known_instance known;
	instance_state state;
};

struct list {
	std::vector<listed> instances;
	unsigned hidden = 0;
	std::chrono::steady_clock::time_point at;
};

list take()
{
	const survey all;
	list taken;
	taken.hidden = all.hidden();
	for (const known_instance& known : all.instances()) {
		const holder& by = known.holders.front();
		if (auto state = look_at(all.of(by), by.fd, detail::with_ready_count))
			taken.instances.push_back({known, std::move(*state)});
	}
	std::sort(taken.instances.begin(), taken.instances.end(),
		  [](const listed& a, const listed& b) { return a.known.number < b.known.number; });
	taken.at = std::chrono::steady_clock::now();
	return taken;
}

std::string in_words(const std::vector<holder>& holders)
{
	std::vector<std::string> words;
	for (const holder& one : holders)
		if (words.size() < most_holders)
			words.push_back(look::in_words(one));
	if (holders.size() > most_holders)
		words.push_back("and " + std::to_string(holders.size() - most_holders) + " more");
	return joined(words, " ");
}

std::string number_in_words(std::uint64_t number) { return number == 0 ? "-" : std::to_string(number); }

// What only a snapshot tells.
std::string told(const instance_state& state, std::uint64_t number)
{
	return state.has_snapshot ? std::to_string(number) : "-";
}

// Remarks go to standard error, so that the list can be parsed.
void remark(const list& taken)
{
	if (taken.hidden > 0)
		std::fprintf(stderr, "myepoll: %s not looked into: only their users and root may\n",
			     count_of(taken.hidden, "process was", "processes were").c_str());
	if (taken.instances.empty() && access("/sys/module/myepoll", F_OK) != 0)
		std::fputs("myepoll: the module is not loaded (modprobe myepoll)\n", stderr);
	for (const listed& one : taken.instances)
		if (!one.state.has_snapshot) {
			std::fprintf(stderr, "myepoll: - stands for unknown: %s\n", one.state.why_no_snapshot.c_str());
			return;
		}
}

void print(const list& taken)
{
	using enum table::align;
	table lines{{{"INSTANCE", right}, {"WATCHES", right}, {"READY", right}, {"SLEEPERS", right}, {"HOLDERS", left}}};
	for (const auto& [known, state] : taken.instances)
		lines.add({number_in_words(known.number), std::to_string(state.watches), told(state, state.ready),
			   told(state, state.sleepers.size()), in_words(known.holders)});
	lines.print();
}

std::string rate(std::uint64_t now, std::uint64_t before, double seconds)
{
	return std::to_string(std::llround(static_cast<double>(now - before) / seconds));
}

void print_rates(const list& before, const list& now)
{
	std::map<std::uint64_t, const instance_state*> known;
	for (const listed& one : before.instances)
		known[one.known.number] = &one.state;
	const double seconds = std::chrono::duration<double>(now.at - before.at).count();
	using enum table::align;
	table lines{{{"INSTANCE", right}, {"WATCHES", right}, {"READY", right}, {"SLEEPERS", right}, {"CALLBACKS/s", right},
		     {"WAITS/s", right}, {"SLEEPS/s", right}, {"IN VAIN/s", right}, {"DELIVERED/s", right}, {"EDITS/s", right},
		     {"HOLDERS", left}}};
	for (const auto& [held, state] : now.instances) {
		const auto old = known.find(held.number);
		if (!state.has_snapshot || old == known.end() || !old->second->has_snapshot)
			continue;
		const myepoll_counters& is = state.counters;
		const myepoll_counters& was = old->second->counters;
		lines.add({number_in_words(held.number), std::to_string(state.watches), std::to_string(state.ready),
			   std::to_string(state.sleepers.size()), rate(is.callbacks, was.callbacks, seconds),
			   rate(is.waits, was.waits, seconds), rate(is.sleeps, was.sleeps, seconds),
			   rate(is.woken_in_vain, was.woken_in_vain, seconds), rate(is.delivered, was.delivered, seconds),
			   rate(is.edits, was.edits, seconds), in_words(held.holders)});
	}
	lines.print();
}

void print_as_json(const list& taken)
{
	ordered_json json{{"version", json_version},
			  {"time", std::chrono::duration<double>(taken.at.time_since_epoch()).count()},
			  {"hidden_processes", taken.hidden},
			  {"instances", ordered_json::array()}};
	for (const auto& [known, state] : taken.instances)
		json["instances"].push_back(to_json(state, known.holders));
	print_json(json);
}

} // namespace

void ls(const ls_options& options)
{
	list last = take();
	remark(last);
	if (options.json)
		print_as_json(last);
	else if (options.interval == 0)
		print(last);
	finish_output();
	if (options.interval == 0)
		return;
	for (unsigned long printed = 0; options.count == 0 || printed < options.count; ++printed) {
		std::this_thread::sleep_for(std::chrono::duration<double>{options.interval});
		list now = take();
		if (options.json)
			print_as_json(now);
		else
			print_rates(last, now);
		finish_output();
		last = std::move(now);
	}
}

} // namespace tools::look
