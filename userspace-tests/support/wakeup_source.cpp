// SPDX-License-Identifier: GPL-2.0-only
#include "support/wakeup_source.hpp"

#include "support/event_set.hpp"
#include "support/fdinfo.hpp"
#include "support/kernel_module.hpp"
#include "support/targets.hpp"

#include <chrono>
#include <filesystem>
#include <functional>

namespace support {
namespace {

const std::filesystem::path all_sources = "/sys/class/wakeup";

using condition = std::function<bool(const std::filesystem::path&)>;

int count_if(const std::string& name, const condition& holds)
{
	int count = 0;
	for (const auto& entry : std::filesystem::directory_iterator{all_sources})
		if (read_all(entry.path() / "name") == name + "\n" && holds(entry.path()))
			++count;
	return count;
}

// The kernel shows only for how many milliseconds a source has been active, so give it time to show up.
void let_a_millisecond_pass()
{
	const auto end = std::chrono::steady_clock::now() + 3ms;
	while (std::chrono::steady_clock::now() < end)
		continue;
}

} // namespace

std::optional<std::string> wakeup_sources::why_impossible()
{
	const event_set set{backend::epoll};
	const unique_fd target = make_eventfd();
	if (set.add(target, EPOLLWAKEUP) < 0 || !(*mask_in_fdinfo(set.fd(), target) & EPOLLWAKEUP))
		return "needs the right to block suspend (CAP_BLOCK_SUSPEND), and a kernel that can suspend";
	if (!std::filesystem::exists(all_sources))
		return "the kernel does not show its wakeup sources (/sys/class/wakeup)";
	return std::nullopt;
}

int wakeup_sources::count(const std::string& name)
{
	return count_if(name, [](const auto&) { return true; });
}

int wakeup_sources::count_active(const std::string& name)
{
	let_a_millisecond_pass();
	return count_if(name,
			[](const auto& source) { return read_all(source / "active_time_ms") != "0\n"; });
}

} // namespace support
