// SPDX-License-Identifier: MIT
// Recordings go into bug reports: what may be secret is taken out, what the story needs stays.
#include <map>

#include "tools/story/recording.hpp"

namespace tools::story {
namespace {

// " 3" of "myepoll instance 3".
std::string number_behind(const std::string& what, std::string_view kind)
{
	if (!what.starts_with(kind))
		return {};
	const std::string rest = what.substr(kind.size());
	return ' ' + rest.substr(0, rest.find_first_not_of("0123456789"));
}

// "tcp 10.0.0.1:80 < 10.0.0.2:4711" becomes "tcp socket", a path "file".
std::string kind_of(const std::string& what)
{
	for (const char* protocol : {"tcp6", "tcp", "udp6", "udp", "udplite6", "udplite", "raw6", "raw", "unix stream", "unix datagram",
				     "unix seqpacket", "socket"})
		if (what.starts_with(std::string{protocol} + ' ') || what.starts_with(std::string{protocol} + ":["))
			return std::string{protocol} + (protocol == std::string_view{"socket"} ? "" : " socket");
	for (const char* kind : {"pipe", "myepoll instance", "epoll", "eventfd", "timerfd", "signalfd", "inotify", "pidfd"})
		if (what.starts_with(kind))
			return kind + number_behind(what, "myepoll instance ");
	return "file";
}

} // namespace

void redact(recording& of)
{
	of.redacted = true;
	of.command.clear();
	// The same name stays the same.
	std::map<std::string, std::string> names;
	for (task_name& one : of.tasks) {
		const auto [known, is_new] = names.try_emplace(one.name);
		if (is_new)
			known->second = "task " + std::to_string(names.size());
		one.name = known->second;
	}
	for (target& one : of.targets)
		one.what = kind_of(one.what);
	for (snapshot_page& page : of.snapshots)
		if (page.items)
			for (seen_item& one : *page.items)
				one.data = 0;
	for (step& one : of.steps)
		if (const auto at = of.kinds[one.kind].find("data"))
			one.values[*at] = 0;
}

} // namespace tools::story
