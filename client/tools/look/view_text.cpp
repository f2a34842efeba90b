// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdio>

#include "tools/look/table.hpp"
#include "tools/look/view.hpp"
#include "tools/look/words.hpp"
#include "tools/process.hpp"

namespace tools::look {
namespace {

// In front of a child / or \, for left and right; children are further to the right than their parent.
std::string branch(const instance_state& state, const watch& one)
{
	std::size_t depth = 0;
	for (int above = one.item.parent; above >= 0;
	     above = state.items[static_cast<std::size_t>(above)].item.parent)
		++depth;
	std::string colour = has(one, MYEPOLL_ITEM_RED) ? "red" : "black";
	if (depth == 0)
		return colour;
	const bool is_left = &one - state.items.data() < one.item.parent;
	return std::string(2 * (depth - 1), ' ') + (is_left ? "/ " : "\\ ") + colour;
}

std::string status(const instance_state& state, const watch& one)
{
	std::vector<std::string> words;
	if (has(one, MYEPOLL_ITEM_READY))
		words.emplace_back("ready");
	if (has(one, MYEPOLL_ITEM_POSTED))
		words.emplace_back("posted");
	if (has(one, MYEPOLL_ITEM_DISABLED))
		words.emplace_back("disabled");
	if (state.has_snapshot && one.item.hooks == 0)
		words.emplace_back("unhooked");
	return words.empty() ? "-" : joined(words, ", ");
}

void print_counters(const view& of)
{
	const instance_state& state = of.state;
	const myepoll_counters& count = state.counters;
	const auto number = [](std::uint64_t value) { return std::to_string(value); };
	print_line("  callbacks " + number(count.callbacks) + ", items queued " + number(count.queued) + " (" +
		   number(count.overflowed) + " during a scan), already queued " + number(count.already_queued) +
		   ", disabled " + number(count.disabled));
	print_line("  waits " + number(count.waits) + ", sleeps " + number(count.sleeps) + ", woken in vain " +
		   number(count.woken_in_vain));
	print_line("  polled " + number(count.polled) + ", in vain " + number(count.polled_in_vain) + ", delivered " +
		   number(count.delivered) + ", changes of the interest list " + number(count.edits));
	for (const sleeper& one : state.sleepers)
		print_line("  asleep: " +
			   (one.thread == 0 ? "a thread of another pid namespace" :
					      task_in_words(name_of(one.thread), one.thread)) +
			   " for " + seconds_in_words(one.asleep_ms));
}

void print_ring(const view& of)
{
	std::vector<std::string> words;
	for (const auto& [name, count] : of.state.ring)
		words.push_back(name + ' ' + std::to_string(count));
	if (!words.empty())
		print_line("  ring: " + joined(words, ", "));
}

void print_ready_list(const view& of)
{
	std::vector<std::string> words;
	for (const shown_watch* one : ready_list(of))
		words.push_back(std::to_string(one->of->item.fd));
	if (!words.empty())
		print_line("  ready list, by descriptor: " + joined(words, " -> "));
}

void print_watches(const view& of)
{
	using enum table::align;
	const bool tree = of.all_watches && of.state.whole;
	std::vector<table::column> columns{{"FD", right}, {"EVENTS", left}, {"DATA", left}, {"STATUS", left}, {"WHAT", left}};
	if (tree)
		columns.insert(columns.begin(), {"TREE", left});
	table lines{columns};
	for (const shown_watch& one : of.watches) {
		std::vector<std::string> row{std::to_string(one.of->item.fd), events_in_words(one.of->item.events),
					     hexadecimal(one.of->item.data),
					     of.state.has_snapshot ? status(of.state, *one.of) : "?", one.what};
		if (tree)
			row.insert(row.begin(), branch(of.state, *one.of));
		lines.add(std::move(row));
	}
	if (!of.watches.empty())
		lines.print("  ");
	else if (of.left_out == 0 && !of.state.items.empty())
		print_line("  no such watch");
	if (of.left_out > 0)
		print_line("  and " + std::to_string(of.left_out) + " more (--head N)");
	for (const shown_watch& one : of.watches)
		if (of.file_holders) {
			std::vector<std::string> holders;
			for (const holder& by : one.file_holders)
				holders.push_back(in_words(by));
			print_line("  the file of " + std::to_string(one.of->item.fd) + " is open as " +
				   (holders.empty() ? "nothing that can be seen here" : joined(holders, " ")));
		}
}

} // namespace

std::vector<const shown_watch*> ready_list(const view& of)
{
	std::vector<const shown_watch*> ready;
	for (const shown_watch& one : of.watches)
		if (one.of->item.position > 0)
			ready.push_back(&one);
	std::sort(ready.begin(), ready.end(), [](const shown_watch* a, const shown_watch* b) {
		return a->of->item.position < b->of->item.position;
	});
	return ready;
}

void print_text(const view& of)
{
	const instance_state& state = of.state;
	std::vector<std::string> holders;
	for (const holder& one : of.known.holders)
		holders.push_back(in_words(one));
	print_line("instance " + (state.number == 0 ? std::string{"of unknown number"} : std::to_string(state.number)) + ": " +
		   joined(holders, " "));
	if (state.has_snapshot) {
		print_line("  " + count_of(state.watches, "watch", "watches") + ", " + std::to_string(state.ready) +
			   " ready, " + count_of(state.sleepers.size(), "sleeper", "sleepers") + ", change " +
			   std::to_string(state.change));
		print_counters(of);
		if (state.changed)
			print_line("  (it changed while it was read, page by page)");
		print_ready_list(of);
	} else {
		print_line("  " + count_of(state.watches, "watch", "watches") + ", from fdinfo: " + state.why_no_snapshot);
	}
	print_ring(of);
	print_watches(of);
}

} // namespace tools::look
