// SPDX-License-Identifier: MIT
#include <cstdio>

#include "tools/look/view.hpp"
#include "tools/look/words.hpp"

namespace tools::look {
namespace {

std::string quoted(const std::string& text)
{
	std::string shown = "\"";
	for (const char byte : text) {
		if (byte == '"' || byte == '\\')
			shown += '\\';
		shown += byte;
	}
	return shown + '"';
}

std::string node(std::size_t index) { return "w" + std::to_string(index); }

} // namespace

void print_dot(const view& of)
{
	const watch* const first = of.state.items.data();
	const auto index = [first](const shown_watch& one) { return static_cast<std::size_t>(one.of - first); };
	std::printf("digraph instance_%llu {\n", static_cast<unsigned long long>(of.state.number));
	std::puts("\tnode [shape=box, style=filled, fontname=\"sans-serif\"];");
	for (const shown_watch& one : of.watches) {
		const bool red = has(*one.of, MYEPOLL_ITEM_RED);
		const std::string label = std::to_string(one.of->item.fd) + "\n" + events_in_words(one.of->item.events) +
					  "\n" + one.what;
		std::printf("\t%s [label=%s, fillcolor=%s, fontcolor=white%s];\n", node(index(one)).c_str(),
			    quoted(label).c_str(), red ? "\"#b2182b\"" : "\"#333333\"",
			    has(*one.of, MYEPOLL_ITEM_DISABLED) ? ", style=\"filled,dashed\"" : "");
	}
	if (of.all_watches && of.state.whole)
		for (const shown_watch& one : of.watches)
			if (one.of->item.parent >= 0)
				std::printf("\t%s -> %s;\n", node(static_cast<std::size_t>(one.of->item.parent)).c_str(),
					    node(index(one)).c_str());
	std::string before = "ready";
	const auto ready = ready_list(of);
	if (!ready.empty())
		std::puts("\tready [label=\"ready list\", shape=plain, style=\"\"];");
	for (const shown_watch* one : ready) {
		std::printf("\t%s -> %s [color=\"#1b7837\", penwidth=2, constraint=false];\n", before.c_str(),
			    node(index(*one)).c_str());
		before = node(index(*one));
	}
	std::puts("}");
}

} // namespace tools::look
