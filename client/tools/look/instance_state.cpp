// SPDX-License-Identifier: MIT
#include "tools/look/instance_state.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <utility>

#include "src/ioctl.hpp"

namespace tools::look {
namespace {

std::string advice_for(int error, const process& of)
{
	switch (error) {
	case EPERM:
	case EACCES:
		return "counters and sleepers need the permission to trace process " + std::to_string(of.id()) +
		       " (as root, or see kernel.yama.ptrace_scope)";
	case ENOTTY:
		return "the loaded module is too old for snapshots";
	default:
		return std::string{"no snapshot: "} + std::strerror(error);
	}
}

bool has_gone(int error) { return error == EBADF || error == ESRCH; }

class pages {
public:
	pages(const process& of, int fd, detail how_much) : of_{of}, fd_{fd}, how_much_{how_much} {}

	// 0 or an errno.
	int read(instance_state& to)
	{
		std::array<myepoll_item, MYEPOLL_SNAPSHOT_MAX> items;
		std::array<myepoll_sleeper, MYEPOLL_SNAPSHOT_MAX> sleepers;
		myepoll_snapshot page{};
		page.items = myepoll::ioctls::address(items.data());
		page.items_room = how_much_ == detail::counters_only ? 0 : MYEPOLL_SNAPSHOT_MAX;
		page.sleepers = myepoll::ioctls::address(sleepers.data());
		page.sleepers_room = MYEPOLL_SNAPSHOT_MAX;
		for (bool first = true;; first = false) {
			if (const int result = take_page(of_, fd_, page); result < 0)
				return -result;
			if (first)
				note_first(page, sleepers.data(), to);
			// The descriptor may have become that of another instance.
			if (page.instance != to.number)
				return EBADF;
			to.changed |= page.change != to.change;
			for (std::uint32_t i = 0; i < page.items_count; ++i)
				note_item(items[i], to);
			if (page.items_room == 0 || (page.cursor[0] == 0 && page.cursor[1] == 0))
				return 0;
			page.flags = 0;
			page.sleepers_room = 0;
		}
	}

private:
	static void note_first(const myepoll_snapshot& page, const myepoll_sleeper* sleepers, instance_state& to)
	{
		to.number = page.instance;
		to.has_snapshot = true;
		to.whole = page.flags & MYEPOLL_SNAPSHOT_WHOLE;
		to.change = page.change;
		to.watches = page.watches;
		to.counters = page.counters;
		for (std::uint32_t i = 0; i < page.sleepers_count; ++i)
			to.sleepers.push_back({sleepers[i].thread, sleepers[i].asleep_ms});
	}
	void note_item(const myepoll_item& item, instance_state& to) const
	{
		to.ready += item.flags & MYEPOLL_ITEM_READY ? 1 : 0;
		if (how_much_ == detail::with_items)
			to.items.push_back({item, std::nullopt});
	}

	const process& of_;
	int fd_;
	detail how_much_;
};

struct fdinfo {
	std::uint64_t number = 0;
	ring_counts ring{};
	std::vector<watch> items{};
};

// "taken back: 3"
std::optional<std::pair<std::string, std::uint64_t>> count_in(const std::string& line)
{
	const std::size_t colon = line.find(": ");
	std::uint64_t count = 0;
	if (colon == std::string::npos || std::sscanf(line.c_str() + colon, ": %" SCNu64, &count) != 1)
		return std::nullopt;
	return std::pair{line.substr(0, colon), count};
}

bool is_about_the_ring(const std::string& name)
{
	constexpr std::array names{"slots", "pages", "posted", "merged", "taken back", "refused"};
	return std::ranges::find(names, name) != names.end();
}

std::optional<fdinfo> read_fdinfo(const process& of, int fd)
{
	std::ifstream file{of.folder() + "fdinfo/" + std::to_string(fd)};
	if (!file)
		return std::nullopt;
	fdinfo read;
	for (std::string line; std::getline(file, line);) {
		watch one;
		watched_file behind{};
		std::uint64_t data = 0;
		if (std::sscanf(line.c_str(), "tfd: %d events: %x data: %" SCNx64 " pos:%*d ino:%" SCNx64 " sdev:%" SCNx64,
				&one.item.fd, &one.item.events, &data, &behind.inode, &behind.device) == 5) {
			one.item.data = data;
			one.file = behind;
			read.items.push_back(one);
		} else if (const auto count = count_in(line)) {
			if (count->first == "instance")
				read.number = count->second;
			else if (is_about_the_ring(count->first))
				read.ring.push_back(*count);
		}
	}
	return read;
}

} // namespace

int take_page(const process& of, int fd, myepoll_snapshot& page)
{
	int error = 0;
	const myepoll::file_descriptor copy = of.copy(fd, error);
	return error != 0 ? -error : myepoll::ioctls::snapshot(copy.get(), page);
}

std::optional<instance_state> look_at(const process& of, int fd, detail how_much)
{
	instance_state state;
	const int error = pages{of, fd, how_much}.read(state);
	if (error == 0)
		return state;
	if (has_gone(error))
		return std::nullopt;
	state = {};
	state.why_no_snapshot = advice_for(error, of);
	auto text = read_fdinfo(of, fd);
	if (!text || !of.still_runs())
		return std::nullopt;
	state.number = text->number;
	state.watches = text->items.size();
	state.items = std::move(text->items);
	state.ring = std::move(text->ring);
	return state;
}

void add_fdinfo(const process& of, int fd, instance_state& to)
{
	auto text = read_fdinfo(of, fd);
	if (!text || text->number != to.number)
		return;
	to.ring = std::move(text->ring);
	// A number may be watched twice, as different files; equal watches come in the same order.
	std::multimap<std::pair<int, std::uint64_t>, watched_file> files;
	for (const watch& one : text->items)
		files.emplace(std::pair{one.item.fd, one.item.data}, *one.file);
	for (watch& one : to.items) {
		const auto found = files.find({one.item.fd, one.item.data});
		if (found == files.end())
			continue;
		one.file = found->second;
		files.erase(found);
	}
}

std::uint64_t number_of(const process& of, int fd)
{
	int error = 0;
	const myepoll::file_descriptor copy = of.copy(fd, error);
	if (error == 0)
		return myepoll::ioctls::instance_number(copy.get());
	const auto text = read_fdinfo(of, fd);
	return text ? text->number : 0;
}

} // namespace tools::look
