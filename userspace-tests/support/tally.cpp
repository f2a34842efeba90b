// SPDX-License-Identifier: GPL-2.0-only
#include "support/tally.hpp"

#include "support/shared_page.hpp"

#include <sstream>

namespace support {
namespace {

std::string in_words(const tally::waits& counts)
{
	std::ostringstream text;
	text << counts.calls;
	const char* separator = " (";
	const auto add = [&](const std::atomic<std::uint64_t>& count, const char* what) {
		if (count == 0)
			return;
		text << separator << count << " " << what;
		separator = ", ";
	};
	add(counts.events, "events");
	add(counts.faults, "EFAULT");
	add(counts.over_a_page, "over a page");
	return text.str() + (*separator == ',' ? ")" : "");
}

} // namespace

tally& tally_so_far()
{
	static const shared_page<tally> page;
	return *page;
}

std::string in_words(const tally& counts)
{
	std::ostringstream text;
	for (const auto& [name, group] : {std::pair{"waits into memory: ", &counts.by_memory},
					  std::pair{"; sleepers in memory: ", &counts.of_sleepers}}) {
		text << name;
		for (std::size_t i = 0; i < group->size(); ++i)
			text << (i > 0 ? ", " : "") << name_of(all_memory_kinds[i]) << " "
			     << in_words((*group)[i]);
	}
	text << "; events:";
	for (const target_kind kind : all_target_kinds)
		if (is_counted(kind))
			text << " " << name_of(kind) << " "
			     << counts.events_of[static_cast<std::size_t>(kind)];
	if (counts.from_rings > 0)
		text << "; " << counts.from_rings << " events from rings, " << counts.outdated << " of them outdated";
	if (counts.batches > 0)
		text << "; " << counts.batches << " CHANGEs of " << counts.entries << " entries";
	return text.str();
}

} // namespace support
