// SPDX-License-Identifier: MIT
#include "tools/story/snapshot_taker.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "src/ioctl.hpp"
#include "tools/look/descriptors.hpp"
#include "tools/look/instance_state.hpp"
#include "tools/look/survey.hpp"

namespace tools::story {
namespace {

constexpr std::chrono::milliseconds between{100};

// Looking takes at most about a twentieth of the time.
constexpr int rest_factor = 20;

// Items in snapshots: so many, one more for each step, and some are kept for the first and the last snapshot of instances.
constexpr std::size_t items_at_least = 4096, items_for_ends = 40'000;

// The same for pages.
constexpr std::size_t pages_at_least = 10'000, steps_for_a_page = 10;

constexpr std::array counters_in_order{
	&myepoll_counters::callbacks, &myepoll_counters::queued,	&myepoll_counters::overflowed, &myepoll_counters::already_queued,
	&myepoll_counters::disabled,  &myepoll_counters::waits,		&myepoll_counters::sleeps,     &myepoll_counters::woken_in_vain,
	&myepoll_counters::polled,    &myepoll_counters::polled_in_vain, &myepoll_counters::delivered,	&myepoll_counters::edits};
static_assert(counters_in_order.size() == counter_count);

// Steps name threads as the first pid namespace does, snapshots as ours does.
bool is_in_first_pid_namespace()
{
	constexpr ino_t first = 0xEFFFFFFC;
	struct stat about {};
	return stat("/proc/self/ns/pid", &about) == 0 && about.st_ino == first;
}

} // namespace

snapshot_taker::snapshot_taker(recording& to, item_table& items, std::uint64_t start)
	: to_{to}, items_{items}, start_{start}, is_first_namespace_{is_in_first_pid_namespace()}
{
}

std::uint64_t snapshot_taker::now() const
{
	const auto since_boot = std::chrono::duration_cast<std::chrono::nanoseconds>(clock::now().time_since_epoch());
	return static_cast<std::uint64_t>(since_boot.count()) - start_;
}

void snapshot_taker::know(std::uint64_t instance, pid_t process, int fd)
{
	instances_.insert_or_assign(instance, place{.process = process, .fd = fd});
}

void snapshot_taker::note_step(std::uint64_t instance)
{
	if (const auto known = instances_.find(instance); known != instances_.end())
		known->second.changed = true;
}

void snapshot_taker::take_due()
{
	if (to_.snapshots.size() > pages_at_least + to_.steps.size() / steps_for_a_page)
		return;
	const auto time = clock::now();
	for (auto& [instance, of] : instances_)
		if (of.changed && of.next <= time)
			take(instance, of, false);
}

void snapshot_taker::take_last()
{
	next_survey_ = {};
	for (auto& [instance, of] : instances_)
		take(instance, of, true);
}

std::size_t snapshot_taker::room_for_items(bool is_first_or_last) const
{
	const std::size_t allowed = items_at_least + to_.steps.size() + (is_first_or_last ? items_for_ends : 0);
	return allowed - std::min(allowed, items_taken_);
}

void snapshot_taker::take(std::uint64_t instance, place& of, bool is_last)
{
	const auto began = clock::now();
	const std::size_t room = room_for_items(of.is_new || is_last);
	// Another process may have it by now, or under another number.
	if (take_pages(instance, of, room, next_sockets_ <= began) || (find_again(instance, of) && take_pages(instance, of, room, false)))
		of.is_new = false;
	of.changed = false;
	of.next = clock::now() + std::max<clock::duration>(between, rest_factor * (clock::now() - began));
}

// Looking for it takes time.
bool snapshot_taker::find_again(std::uint64_t instance, place& of)
{
	if (next_survey_ <= clock::now()) {
		const auto began = clock::now();
		holders_.clear();
		const look::survey everywhere;
		for (const look::known_instance& one : everywhere.instances())
			holders_.emplace(one.number, one.holders.front());
		next_survey_ = clock::now() + std::max<clock::duration>(between, rest_factor * (clock::now() - began));
	}
	const auto found = holders_.find(instance);
	if (found == holders_.end())
		return false;
	of.process = found->second.process;
	of.fd = found->second.fd;
	return true;
}

// All pages or, if the instance is not there, none.
bool snapshot_taker::take_pages(std::uint64_t instance, const place& of, std::size_t room, bool with_sockets)
{
	const auto holder = look::process::find(of.process);
	if (!holder)
		return false;
	const std::size_t first_page = to_.snapshots.size(), items_before = items_taken_;
	if (read_pages(instance, of, *holder, room) != 0) {
		to_.snapshots.resize(first_page);
		items_taken_ = items_before;
		return false;
	}
	if (with_sockets)
		add_sockets(*holder, first_page);
	return true;
}

// Returns 0 or an errno. A set that has no room left keeps its counters.
int snapshot_taker::read_pages(std::uint64_t instance, const place& of, const look::process& holder, std::size_t room)
{
	myepoll_snapshot page{};
	page.items = myepoll::ioctls::address(page_items_.data());
	page.items_room = room > 0 ? MYEPOLL_SNAPSHOT_MAX : 0;
	page.sleepers = myepoll::ioctls::address(page_sleepers_.data());
	page.sleepers_room = MYEPOLL_SNAPSHOT_MAX;
	for (bool first = true;; first = false) {
		const std::uint64_t from = now();
		if (const int result = look::take_page(holder, of.fd, page); result < 0)
			return -result;
		if (page.instance != instance)
			return EBADF;
		if (first && page.watches > room)
			page.items_room = 0;
		add_page(of, page, from);
		to_.snapshots.back().first = first;
		if (page.items_room == 0 || (page.cursor[0] == 0 && page.cursor[1] == 0)) {
			to_.snapshots.back().last = true;
			return 0;
		}
		page.flags = 0;
		page.sleepers_room = 0;
	}
}

void snapshot_taker::add_page(const place& of, const myepoll_snapshot& page, std::uint64_t from)
{
	snapshot_page& to = to_.snapshots.emplace_back();
	to.instance = page.instance;
	to.from = from;
	to.to = now();
	to.change = page.change;
	to.watches = page.watches;
	for (std::size_t i = 0; i < counter_count; ++i)
		to.counters[i] = page.counters.*counters_in_order[i];
	if (page.sleepers_room > 0)
		to.holders.push_back({of.process, of.fd});
	for (std::size_t i = 0; i < page.sleepers_count; ++i)
		to.sleepers.push_back({is_first_namespace_ ? page_sleepers_[i].thread : 0, page_sleepers_[i].asleep_ms});
	if (page.items_room == 0)
		return;
	to.whole = page.flags & MYEPOLL_SNAPSHOT_WHOLE;
	to.items.emplace();
	for (std::size_t i = 0; i < page.items_count; ++i) {
		const myepoll_item& item = page_items_[i];
		to.items->push_back({items_.index_of(item.item), item.fd, item.events, item.data, item.flags, item.hooks, item.position,
				     item.parent});
	}
	items_taken_ += page.items_count;
}

void snapshot_taker::add_sockets(const look::process& holder, std::size_t first_page)
{
	const auto began = clock::now();
	look::descriptors files{holder};
	for (std::size_t i = first_page; i < to_.snapshots.size(); ++i) {
		snapshot_page& page = to_.snapshots[i];
		if (!page.items)
			continue;
		for (const seen_item& one : *page.items)
			if (auto state = files.state_of(one.fd))
				page.sockets.push_back({one.item, std::move(state->state), state->receive, state->send});
	}
	next_sockets_ = clock::now() + std::max<clock::duration>(between, rest_factor * (clock::now() - began));
}

} // namespace tools::story
