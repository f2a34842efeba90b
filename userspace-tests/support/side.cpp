// SPDX-License-Identifier: GPL-2.0-only
#include "support/side.hpp"

#include "support/by_ring.hpp"
#include "support/fdinfo.hpp"
#include "support/targets.hpp"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <sstream>
#include <thread>

namespace support {
namespace {

// Sets are moved to these descriptors, so that those of targets are the same on both sides.
constexpr int first_set_number = 600;
constexpr int numbers_per_side = 100;
constexpr std::uint64_t race_data = UINT64_MAX;
constexpr unsigned race_rounds = 20;
constexpr std::size_t most_sleepers = 3;
// So that each item of a crowd has data of its own.
constexpr std::uint64_t most_members = 1000;
constexpr std::size_t events_on_a_page = 4096 / event_buffer::event_size;

std::string in_words(long result)
{
	return result < 0 ? strerrorname_np(static_cast<int>(-result)) : std::to_string(result);
}

// One result, or the results of a crowd.
std::string in_words(const std::vector<long>& results)
{
	std::string text;
	for (auto first = results.begin(); first != results.end();) {
		const auto end = std::find_if(first, results.end(), [&](long other) { return other != *first; });
		text += (text.empty() ? "" : ", ") + in_words(*first);
		if (end - first > 1)
			text += " x " + std::to_string(end - first);
		first = end;
	}
	return text;
}

// Whether it continues the earlier one, as the members of a crowd do.
bool follows(const event& later, const event& earlier)
{
	return later.mask == earlier.mask && later.data == earlier.data + 1;
}

std::string in_words(const delivery& got)
{
	std::ostringstream text;
	text << in_words(got.result);
	for (auto first = got.events.begin(), last = first; first != got.events.end(); first = last + 1) {
		for (last = first; last + 1 != got.events.end() && follows(last[1], *last);)
			++last;
		text << " " << *first;
		if (last != first)
			text << (last == first + 1 ? " " : " to ") << *last;
	}
	return text.str();
}

// Waits into memory that is present; false if anything was written past the events.
bool wait_into_touched(const event_set& set, unsigned maxevents, delivery& got)
{
	constexpr unsigned char untouched = 0xee;
	std::vector<unsigned char> memory((maxevents + 1) * event_buffer::event_size, untouched);
	got.result = set.wait(memory.data(), static_cast<int>(maxevents), 0);
	auto at = memory.cbegin();
	for (long i = 0; i < got.result; ++i) {
		epoll_event event;
		std::memcpy(&event, &*at, sizeof(event));
		got.events.emplace_back(std::uint32_t{event.events}, std::uint64_t{event.data.u64});
		got.events.back().is_hint = set.which() == backend::ring && got.events.size() <= by_ring::taken_by_last_wait();
		at += sizeof(event);
	}
	return std::all_of(at, memory.cend(), [](unsigned char byte) { return byte == untouched; });
}

// A thread makes a target readable and, a moment later, hangs it up, while this one waits on the set. The
// second edge often comes when a scan has polled the target but not delivered it yet.
bool sees_both_edges(const event_set& set, unsigned moment)
{
	const socket_ends ends = make_unix_pair();
	if (set.add(ends.ours, EPOLLIN | EPOLLRDHUP | EPOLLET, race_data) < 0)
		return false;
	std::atomic<bool> done = false;
	std::thread writer{[&] {
		write_bytes(ends.peer, 1);
		for (std::atomic<unsigned> spin = 0; spin < moment * 16;)
			++spin;
		shutdown(ends.peer, SHUT_WR);
		done = true;
	}};
	std::uint32_t seen = 0;
	const auto wait = [&] {
		for (const event& e : set.wait(0ms, 64).events)
			seen |= e.data == race_data ? e.mask : 0;
	};
	while (!done)
		wait();
	writer.join();
	wait();
	return (seen & EPOLLRDHUP) != 0;
}

} // namespace

std::string side::create(unsigned slot)
{
	sets_[slot].close();
	event_set made{which_};
	const int number = first_set_number + static_cast<int>(slot) +
			   (which_ == backend::epoll ? 0 : numbers_per_side);
	checked(dup3(made.fd(), number, O_CLOEXEC), "dup3");
	sets_[slot] = event_set{which_, unique_fd{number}};
	return "ok";
}

std::string side::close(unsigned slot)
{
	sets_[slot].close();
	return "ok";
}

long side::control_fd(unsigned slot, int fd, unsigned op, std::uint32_t mask, std::uint64_t data) const
{
	epoll_event event{};
	event.events = mask;
	event.data.u64 = data;
	const auto ctl = [&](int what) { return sets_[slot].ctl(what, fd, &event); };
	const auto unless = [](long error, long result) { return result == error ? 0 : result; };
	// Two calls elsewhere.
	if (op == ops::drop)
		return unless(-ENOENT, ctl(EPOLL_CTL_DEL));
	if (op != ops::set_op)
		return ctl(static_cast<int>(op));
	// A MOD to EXCLUSIVE fails whether it is watched or not.
	const bool exclusive = (mask & EPOLLEXCLUSIVE) != 0;
	const long result = ctl(exclusive ? EPOLL_CTL_ADD : EPOLL_CTL_MOD);
	if (exclusive)
		return result == -EEXIST ? -EINVAL : result;
	return result == -ENOENT ? ctl(EPOLL_CTL_ADD) : result;
}

// One, or one for each member of a crowd.
std::vector<myepoll_change_entry> side::entries_of(const step& s)
{
	const auto op = static_cast<int>(s.c);
	if (s.b >= target_slots)
		return {entry(op, fd(s.b - target_slots), s.mask, s.data)};
	const std::size_t members = targets_.members(s.b);
	const target_kind kind = targets_.kind(s.b);
	std::vector<myepoll_change_entry> all;
	for (std::size_t i = 0; i < members; ++i) {
		all.push_back(entry(op, targets_.fd(s.b, which_, i), s.mask, members > 1 ? s.data * most_members + i : s.data));
		if (is_counted(kind))
			counted_[s.a].insert_or_assign(all.back().data, kind);
	}
	return all;
}

std::string side::control(unsigned slot, unsigned target, unsigned op, std::uint32_t mask, unsigned data)
{
	std::vector<long> results;
	for (const auto& one : entries_of({.a = slot, .b = target, .c = op, .mask = mask, .data = data}))
		results.push_back(control_fd(slot, one.fd, op, mask, one.data));
	return in_words(results);
}

std::size_t side::fit_in_one_call(std::span<const step> steps) const
{
	const step& first = steps.front();
	// Sleepers have to settle after each step.
	if (which_ != backend::change || first.what != act::control || fd(first.a) < 0 || !sleepers_.empty())
		return 0;
	const auto end = std::find_if_not(steps.begin(), steps.end(), [&first](const step& s) {
		return s.what == act::control && s.a == first.a && !s.in_child;
	});
	const auto controls = static_cast<std::size_t>(end - steps.begin());
	const bool waits = end != steps.end() && end->what == act::wait && end->a == first.a && !end->in_child &&
			   static_cast<memory_kind>(end->c) == memory_kind::touched;
	return controls + (waits ? 1 : 0);
}

std::vector<std::string> side::apply_in_one_call(std::span<const step> steps)
{
	const step& last = steps.back();
	std::vector<myepoll_change_entry> entries;
	std::vector<std::size_t> ends;
	for (const step& s : steps) {
		if (s.what != act::control)
			break;
		const auto more = entries_of(s);
		entries.insert(entries.end(), more.begin(), more.end());
		ends.push_back(entries.size());
	}
	changes batch{entries};
	if (last.what == act::wait)
		batch.wait_for(static_cast<int>(last.b), 0ms);
	const delivery got = batch.apply(sets_[last.a]);

	std::vector<std::string> results;
	const std::vector<int> each = batch.results();
	auto begin = each.begin();
	for (const std::size_t end : ends) {
		const auto to = each.begin() + static_cast<std::ptrdiff_t>(end);
		results.push_back(in_words(std::vector<long>{begin, to}));
		begin = to;
	}
	if (last.what == act::wait)
		results.push_back(in_words(got));
	else if (got.result != 0)
		results.back() += ", the call: " + in_words(got.result);
	++tally_so_far().batches;
	tally_so_far().entries += entries.size();
	return results;
}

// Buffers are reused, because renewing one is cheaper than creating one. A child does not use its parent's.
const event_buffer& side::renewed_buffer(memory_kind memory, unsigned bytes_on_first_page)
{
	const auto [at, is_new] = buffers_.try_emplace({getpid(), memory}, memory, bytes_on_first_page);
	if (!is_new)
		at->second.renew(bytes_on_first_page);
	return at->second;
}

std::string side::wait(unsigned slot, unsigned maxevents, memory_kind memory, unsigned bytes_on_first_page)
{
	delivery got;
	bool wrote_more = false;
	if (memory == memory_kind::touched)
		wrote_more = !wait_into_touched(sets_[slot], maxevents, got);
	else
		got = renewed_buffer(memory, bytes_on_first_page).wait(sets_[slot], 0ms, maxevents);
	count(slot, got, tally_so_far().by_memory[static_cast<std::size_t>(memory)]);
	harvest_ = got;
	return in_words(got) + (wrote_more ? ", and wrote past the events" : "");
}

// Counts only one side: the other side's are the same.
void side::count(unsigned slot, const delivery& got, tally::waits& waits) const
{
	if (which_ != backend::epoll)
		return;
	++waits.calls;
	waits.events += got.events.size();
	waits.faults += got.result == -EFAULT ? 1 : 0;
	waits.over_a_page += got.events.size() > events_on_a_page ? 1 : 0;
	for (const event& e : got.events)
		if (const auto counted = counted_[slot].find(e.data); counted != counted_[slot].end())
			++tally_so_far().events_of[static_cast<std::size_t>(counted->second)];
}

std::string side::poll(unsigned slot)
{
	if (fd(slot) < 0)
		return "closed";
	pollfd asked{fd(slot), static_cast<short>(0x7ff), 0};
	const int ready = ::poll(&asked, 1, 0);
	return std::to_string(ready) + " " + std::to_string(asked.revents);
}

std::string side::name_of_target(int number) const
{
	const int slot = (number - first_set_number) % numbers_per_side;
	const bool in_range = number >= first_set_number && number < first_set_number + 2 * numbers_per_side;
	if (in_range && slot < static_cast<int>(set_slots))
		return "set " + std::to_string(slot);
	return std::to_string(shared_targets::name_of_number(number));
}

std::string side::list_items(unsigned slot)
{
	if (fd(slot) < 0)
		return "closed";
	std::vector<std::string> lines;
	for (const fdinfo_item& item : fdinfo_of(fd(slot))) {
		std::ostringstream line;
		line << name_of_target(item.fd) << std::hex << " " << item.mask << " " << item.data << " "
		     << item.position << " " << targets_.name_of_inode(item.device, item.inode) << ";";
		lines.push_back(line.str());
	}
	std::sort(lines.begin(), lines.end());
	std::string text;
	for (const std::string& line : lines)
		text += line;
	return text;
}

side::sleeper::sleeper(unsigned slot_, memory_kind memory, unsigned bytes_on_first_page, const event_set& set,
		       std::size_t maxevents)
	: slot{slot_}, buffer{memory, bytes_on_first_page}, thread{set, buffer, maxevents}
{
}

std::string side::block(unsigned slot, unsigned maxevents, memory_kind memory, unsigned bytes_on_first_page)
{
	if (fd(slot) < 0)
		return "closed";
	if (sleepers_.size() >= most_sleepers)
		return "enough sleepers";
	sleepers_.emplace_back(slot, memory, bytes_on_first_page, sets_[slot], maxevents);
	return "waits";
}

std::string side::race(unsigned slot)
{
	if (fd(slot) < 0)
		return "closed";
	// A sleeper would take some of the events.
	if (!sleepers_.empty())
		return "has sleepers";
	unsigned lost = 0;
	for (unsigned round = 0; round < race_rounds; ++round)
		lost += sees_both_edges(sets_[slot], round) ? 0 : 1;
	return lost == 0 ? "nothing lost" : "edges lost";
}

std::string side::settle()
{
	const auto at_rest = [](const sleeper& s) { return s.thread.returned() || s.thread.still_asleep(); };
	// One that returns may wake another on its way out.
	for (bool moved = true; moved;) {
		moved = !std::all_of(sleepers_.begin(), sleepers_.end(), at_rest);
		for (const sleeper& s : sleepers_)
			await([&] { return at_rest(s); });
	}
	std::vector<std::string> results;
	for (auto s = sleepers_.begin(); s != sleepers_.end();) {
		if (!s->thread.returned()) {
			++s;
			continue;
		}
		const delivery got = s->thread.result();
		count(s->slot, got, tally_so_far().of_sleepers[static_cast<std::size_t>(s->buffer.kind())]);
		results.push_back("; of set " + std::to_string(s->slot) + ": " + in_words(got));
		s = sleepers_.erase(s);
	}
	// It is not defined which of two woken waits returns first.
	std::sort(results.begin(), results.end());
	std::string text;
	for (const std::string& result : results)
		text += result;
	return text;
}

std::string side::apply(const step& s)
{
	harvest_.reset();
	switch (s.what) {
	case act::create_set: return create(s.a);
	case act::close_set: return close(s.a);
	case act::control: return control(s.a, s.b, s.c, s.mask, s.data);
	case act::wait: return wait(s.a, s.b, static_cast<memory_kind>(s.c), s.data);
	case act::poll_set: return poll(s.a);
	case act::list_items: return list_items(s.a);
	case act::block: return block(s.a, s.b, static_cast<memory_kind>(s.c), s.data);
	case act::race: return race(s.a);
	default: return "";
	}
}

} // namespace support
