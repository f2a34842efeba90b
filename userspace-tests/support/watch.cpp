// SPDX-License-Identifier: GPL-2.0-only
#include "support/watch.hpp"

#include <array>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace support {
namespace {

constexpr std::array<std::pair<std::uint32_t, const char*>, 11> bit_names{{
	{EPOLLIN, "IN"},
	{EPOLLPRI, "PRI"},
	{EPOLLOUT, "OUT"},
	{EPOLLERR, "ERR"},
	{EPOLLHUP, "HUP"},
	{EPOLLRDNORM, "RDNORM"},
	{EPOLLRDBAND, "RDBAND"},
	{EPOLLWRNORM, "WRNORM"},
	{EPOLLWRBAND, "WRBAND"},
	{EPOLLMSG, "MSG"},
	{EPOLLRDHUP, "RDHUP"},
}};

void add_or_throw(const event_set& set, int target, std::uint32_t interest)
{
	const long result = set.add(target, interest);
	if (result < 0)
		throw std::system_error{static_cast<int>(-result), std::generic_category(), "watch"};
}

std::uint32_t mask_of(const delivery& got)
{
	if (got.result < 0)
		throw std::system_error{static_cast<int>(-got.result), std::generic_category(), "wait"};
	if (got.result > 1)
		throw std::logic_error{"one watched target gave more than one event"};
	return got.events.empty() ? 0 : got.events.front().mask;
}

} // namespace

std::string names_of(std::uint32_t mask)
{
	if (mask == 0)
		return "nothing";
	std::ostringstream text;
	std::uint32_t unnamed = mask;
	for (const auto& [bit, name] : bit_names) {
		if ((mask & bit) == 0)
			continue;
		text << (unnamed == mask ? "" : "|") << name;
		unnamed &= ~bit;
	}
	if (unnamed != 0)
		text << (unnamed == mask ? "0x" : "|0x") << std::hex << unnamed;
	return text.str();
}

std::ostream& operator<<(std::ostream& out, const sighting& s)
{
	return out << "level " << names_of(s.level) << ", then " << names_of(s.level_again)
		   << "; edge " << names_of(s.edge) << ", then " << names_of(s.edge_again);
}

watch::watch(backend which, int target, std::uint32_t interest) : level_{which}, edge_{which}
{
	add_or_throw(level_, target, interest);
	add_or_throw(edge_, target, interest | EPOLLET);
}

sighting watch::now() const { return look(0ms); }

sighting watch::next() const { return look(for_ever); }

sighting watch::look(std::chrono::milliseconds patience) const
{
	sighting s;
	const delivery edge = edge_.wait(patience);
	s.edge = mask_of(edge);
	s.edge_is_hint = !edge.events.empty() && edge.events.front().is_hint;
	s.edge_again = mask_of(edge_.wait());
	// One wakeup calls both callbacks, one after the other: the second may still be on its way.
	s.level = mask_of(level_.wait(patience));
	s.level_again = mask_of(level_.wait());
	return s;
}

} // namespace support
