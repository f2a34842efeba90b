// SPDX-License-Identifier: GPL-2.0-only
#include "support/side.hpp"

#include "support/fdinfo.hpp"
#include "support/memory.hpp"
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

// Where sets are put, so that numbers of targets are the same on both sides.
constexpr int first_set_number = 600;
constexpr int numbers_per_side = 100;
constexpr std::uint64_t race_data = 1000;
constexpr unsigned race_rounds = 20;
constexpr std::size_t most_sleepers = 3;

std::string in_words(long result)
{
	return result < 0 ? strerrorname_np(static_cast<int>(-result)) : std::to_string(result);
}

std::string in_words(const delivery& got)
{
	std::ostringstream text;
	text << in_words(got.result);
	for (const event& e : got.events)
		text << " " << e;
	return text.str();
}

// A thread makes a target readable and, a moment later, hangs it up, while the set is waited on.
// The second edge often comes when a scan has asked the target and not delivered it yet.
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

std::string side::control(unsigned slot, unsigned target, unsigned op, std::uint32_t mask, unsigned data)
{
	const int fd = target < target_slots ? targets_.fd(target) : this->fd(target - target_slots);
	epoll_event event{};
	event.events = mask;
	event.data.u64 = data;
	return in_words(sets_[slot].ctl(static_cast<int>(op), fd, &event));
}

std::string side::wait(unsigned slot, unsigned maxevents)
{
	return in_words(sets_[slot].wait(0ms, static_cast<int>(maxevents)));
}

std::string side::wait_before_hole(unsigned slot, unsigned maxevents, unsigned room)
{
	static const page_before_hole page;
	auto* const events = static_cast<epoll_event*>(page.last_bytes(room * sizeof(epoll_event)));
	delivery got;
	got.result = sets_[slot].wait(events, static_cast<int>(maxevents), 0);
	for (long i = 0; i < got.result; ++i) {
		const epoll_event e = events[i]; // out of a packed struct
		got.events.emplace_back(std::uint32_t{e.events}, std::uint64_t{e.data.u64});
	}
	return in_words(got);
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
	for (unsigned slot = 0; slot < set_slots; ++slot)
		if (number >= 0 && number % numbers_per_side == static_cast<int>(slot) && number >= first_set_number)
			return "set " + std::to_string(slot);
	return std::to_string(number);
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

std::string side::block(unsigned slot, unsigned maxevents)
{
	if (fd(slot) < 0)
		return "closed";
	if (sleepers_.size() >= most_sleepers)
		return "enough wait";
	sleepers_.emplace_back(slot, sets_[slot], static_cast<int>(maxevents));
	return "waits";
}

std::string side::race(unsigned slot)
{
	if (fd(slot) < 0)
		return "closed";
	// One that sleeps would take some of the events.
	if (!sleepers_.empty())
		return "others wait";
	unsigned lost = 0;
	for (unsigned round = 0; round < race_rounds; ++round)
		lost += sees_both_edges(sets_[slot], round) ? 0 : 1;
	return lost == 0 ? "nothing lost" : "edges are lost";
}

std::string side::settle()
{
	const auto at_rest = [](const sleeper& s) { return s.thread.returned() || s.thread.still_asleep(); };
	// One that returns may wake another on its way.
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
		results.push_back("; of set " + std::to_string(s->slot) + ": " + in_words(s->thread.result()));
		s = sleepers_.erase(s);
	}
	// Which of two that were woken returned first is not ordered.
	std::sort(results.begin(), results.end());
	std::string text;
	for (const std::string& result : results)
		text += result;
	return text;
}

std::string side::apply(const step& s)
{
	switch (s.what) {
	case act::create_set: return create(s.a);
	case act::close_set: return close(s.a);
	case act::control: return control(s.a, s.b, s.c, s.mask, s.data);
	case act::wait_now: return wait(s.a, s.b);
	case act::wait_before_hole: return wait_before_hole(s.a, s.b, s.c);
	case act::poll_set: return poll(s.a);
	case act::list_items: return list_items(s.a);
	case act::block: return block(s.a, s.b);
	case act::race: return race(s.a);
	default: return "";
	}
}

} // namespace support
