// SPDX-License-Identifier: MIT
#include "tools/look/show.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "tools/failure.hpp"
#include "tools/look/descriptors.hpp"
#include "tools/look/file_holders.hpp"
#include "tools/look/json.hpp"
#include "tools/look/table.hpp"
#include "tools/look/view.hpp"

namespace tools::look {
namespace {

using nlohmann::ordered_json;

struct wanted_instance {
	pid_t process;
	std::optional<int> fd;
};

// "155" or "155:3".
wanted_instance parse(const std::string& text)
{
	wanted_instance parsed{};
	const char* const end = text.data() + text.size();
	auto at = std::from_chars(text.data(), end, parsed.process);
	bool good = at.ec == std::errc{} && parsed.process > 0;
	if (good && at.ptr != end && *at.ptr == ':') {
		int fd = -1;
		at = std::from_chars(at.ptr + 1, end, fd);
		good = at.ec == std::errc{} && fd >= 0;
		parsed.fd = fd;
	}
	if (!good || at.ptr != end)
		throw failure{wrong_usage, "show: '" + text + "' is neither PID nor PID:FD"};
	return parsed;
}

bool is_wanted(const watch& one, const show_options& options)
{
	return (!options.ready || has(one, MYEPOLL_ITEM_READY)) && (!options.fd || one.item.fd == *options.fd);
}

view make_view(const known_instance& known, const instance_state& state, const process& of, const show_options& options)
{
	view made{.known = known, .state = state};
	std::vector<const watch*> wanted;
	for (const watch& one : state.items)
		if (is_wanted(one, options))
			wanted.push_back(&one);
	if (options.ready && state.whole)
		std::sort(wanted.begin(), wanted.end(),
			  [](const watch* a, const watch* b) { return a->item.position < b->item.position; });
	if (wanted.size() > options.head) {
		made.left_out = wanted.size() - options.head;
		wanted.resize(options.head);
	}
	descriptors names{of};
	for (const watch* one : wanted)
		made.watches.push_back({one, names.describe(*one)});
	made.all_watches = made.watches.size() == state.items.size();
	if (options.fd) {
		made.file_holders = true;
		for (shown_watch& one : made.watches)
			one.file_holders = holders_of_file(of, *one.of);
	}
	return made;
}

void print_instance(const view& of, const show_options& options, ordered_json& json)
{
	if (options.json)
		json["instances"].push_back(to_json(of));
	else if (options.dot)
		print_dot(of);
	else
		print_text(of);
}

} // namespace

void show(const show_options& options)
{
	const wanted_instance wanted = parse(options.of);
	survey found{wanted.process};
	found.add_other_holders();
	ordered_json json{{"version", json_version}, {"instances", ordered_json::array()}};
	bool any = false;
	for (const known_instance& known : found.instances()) {
		const auto by = std::find_if(known.holders.begin(), known.holders.end(), [&](const holder& one) {
			return one.process == wanted.process && (!wanted.fd || one.fd == *wanted.fd);
		});
		if (by == known.holders.end())
			continue;
		const process& of = found.of(*by);
		auto state = look_at(of, by->fd, detail::with_items);
		if (!state)
			continue;
		if (any && !options.json)
			std::puts("");
		any = true;
		if (state->has_snapshot)
			add_fdinfo(of, by->fd, *state);
		print_instance(make_view(known, *state, of, options), options, json);
	}
	if (!any)
		throw failure{own_trouble, wanted.fd ? "descriptor " + std::to_string(*wanted.fd) + " of process " +
							       std::to_string(wanted.process) + " is no myepoll instance"
						     : "process " + std::to_string(wanted.process) +
							       " has no myepoll instance"};
	if (options.json)
		print_json(json);
	finish_output();
}

} // namespace tools::look
