// SPDX-License-Identifier: GPL-2.0-only
#include "support/history.hpp"

#include "support/changes.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <iomanip>
#include <sstream>

namespace support {
namespace {

constexpr std::array kind_names{"pipe",      "unix_stream", "unix_datagram", "tcp",	 "udp",	   "eventfd",
				"semaphore", "timerfd",	    "perf",	     "hostname", "mounts", "crowd"};
static_assert(kind_names.size() == all_target_kinds.size());

constexpr unsigned page_size = 4096;

constexpr std::array<std::uint32_t, 12> common_bits{
	EPOLLIN, EPOLLIN, EPOLLIN, EPOLLOUT, EPOLLOUT, EPOLLET, EPOLLET, EPOLLONESHOT, EPOLLRDHUP,
	EPOLLRDNORM, EPOLLPRI, EPOLLHUP};

// With EXCLUSIVE, a wakeup ends at the first set with a sleeper. Here the sets of both backends watch the
// same files, so only histories without sleepers have it. In those with sleepers, a step must not wake a set
// twice, because whether the sleeper harvests in between is a matter of timing: they have no edge-triggered
// items, no nested sets, no file under two descriptors, no crowds, no sockets, whose close and shutdown wake
// both ends, and no children, which take several steps in a row. The memory of sleepers is present: on
// myepoll, a scan that misses a page wakes the next sleeper before it continues.
//
// Of the forgetful kinds, histories with sleepers have only the hostname, in one slot, and then all sleepers
// are in one set: which of two woken sets polls first is a matter of timing. An event reaches all perf events
// and all mount tables, and closing one wakes, too. Children have all of these kinds, but perf events record
// only their parent. Races do no harm to forgetful targets: they wait more often on one side than on the
// other, but on both often enough that nothing is left to report. They would change the order of a crowd.
struct style { // what takes longer than the rest is in only some of the histories
	bool forgetful; // many forgetful targets
	bool sleepers;
	bool children;
	bool races;
	bool crowds;
	bool runs; // many steps of CTL in a row on one set, often with a wait behind them
};

constexpr unsigned crowd_slot = 0;
constexpr unsigned hostname_slot = 5; // in histories with sleepers
constexpr unsigned set_to_sleep_in = 0;

std::uint32_t random_mask(dice& roll, const style& with)
{
	if (roll.one_in(40))
		return roll.below(UINT32_MAX) &
		       ~std::uint32_t{EPOLLEXCLUSIVE | EPOLLWAKEUP | (with.sleepers ? EPOLLET : 0U)};
	std::uint32_t mask = 0;
	for (unsigned bits = roll.below(5); bits > 0; --bits)
		mask |= roll.one_of(common_bits);
	if (with.sleepers)
		mask &= ~std::uint32_t{EPOLLET};
	else if (roll.one_in(12))
		mask |= EPOLLEXCLUSIVE;
	if (roll.one_in(2000))
		mask |= EPOLLWAKEUP;
	return mask;
}

step random_control(dice& roll, const style& with)
{
	constexpr std::array all{EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_MOD,
				 EPOLL_CTL_MOD, EPOLL_CTL_DEL, ops::set_op, ops::set_op, ops::drop};
	step s{.what = act::control, .a = roll.below(set_slots)};
	s.b = !with.sleepers && roll.one_in(4) ? target_slots + roll.below(set_slots) : roll.below(target_slots);
	s.c = roll.one_in(100) ? 99U : static_cast<unsigned>(roll.one_of(all));
	s.mask = random_mask(roll, with);
	if (with.crowds && roll.one_in(6)) {
		s.b = crowd_slot;
		s.mask |= EPOLLIN;
	}
	return s;
}

// Not TCP and UDP: their packets may be processed later, and so between the turns of the two sides.
constexpr std::array kinds{target_kind::pipe,    target_kind::unix_stream, target_kind::unix_datagram,
			   target_kind::eventfd, target_kind::semaphore,   target_kind::timerfd};

constexpr std::array forgetful_kinds{target_kind::perf, target_kind::perf, target_kind::hostname,
				     target_kind::mounts};

constexpr std::array kinds_that_wake_once{target_kind::pipe, target_kind::eventfd, target_kind::semaphore,
					  target_kind::timerfd};

target_kind random_kind(dice& roll, const style& with, unsigned slot)
{
	if (with.sleepers) {
		const bool hostname = with.forgetful && slot == hostname_slot && roll.one_in(2);
		return hostname ? target_kind::hostname : roll.one_of(kinds_that_wake_once);
	}
	if (with.crowds && slot == crowd_slot)
		return target_kind::crowd;
	return with.forgetful && roll.one_in(2) ? roll.one_of(forgetful_kinds) : roll.one_of(kinds);
}

step random_opening(dice& roll, const style& with, unsigned slot)
{
	const target_kind kind = random_kind(roll, with, slot);
	return {.what = act::open_target, .a = slot, .b = static_cast<unsigned>(kind)};
}

step random_target_step(dice& roll, const style& with)
{
	constexpr std::array acts{act::write_some, act::write_some, act::write_some, act::write_some,
				  act::read_some, act::read_some, act::drain_all, act::drain_all,
				  act::fill_up, act::shut_down, act::fire_timer, act::fire_timer,
				  act::close_target, act::duplicate, act::open_target, act::open_target};
	step s{.what = roll.one_of(acts), .a = roll.below(target_slots)};
	if (with.sleepers && s.what == act::duplicate)
		s.what = act::open_target;
	if (with.forgetful && roll.one_in(2))
		s.what = act::write_some; // an event
	switch (s.what) {
	case act::open_target: return random_opening(roll, with, s.a);
	case act::duplicate: s.b = roll.below(target_slots); break;
	case act::shut_down: s.b = roll.below(3); break;
	default: s.b = 1 + roll.below(roll.one_in(4) ? 3000 : 8);
	}
	return s;
}

// Half of the waits get memory that is present.
void choose_memory(step& s, dice& roll, const style& with)
{
	s.b = 1 + roll.below(with.crowds && roll.one_in(2) ? 600 : roll.one_in(2) ? 3 : 20);
	const auto memory = roll.one_in(2) ? memory_kind::touched : roll.one_of(all_memory_kinds);
	s.c = static_cast<unsigned>(memory);
	if (memory == memory_kind::touched)
		return;
	if (with.crowds && roll.one_in(2))
		s.data = roll.below(page_size + 1);
	else // on an event boundary, or anywhere
		s.data = roll.one_in(2) ? event_buffer::event_size * roll.below(5) : roll.below(60);
}

step random_set_step(dice& roll, const style& with)
{
	constexpr std::array acts{act::wait, act::wait,	    act::wait,	   act::wait,	    act::wait,
				  act::wait, act::poll_set, act::poll_set, act::list_items, act::create_set};
	step s{.what = roll.one_of(acts), .a = roll.below(set_slots)};
	// So that sets live long enough to watch several targets.
	if (s.what == act::create_set && roll.one_in(2))
		s.what = roll.one_in(3) ? act::close_set : act::wait;
	// Listing a crowd takes as long as a hundred other steps.
	if (s.what == act::list_items && with.crowds && !roll.one_in(10))
		s.what = act::wait;
	if (with.sleepers && roll.one_in(8))
		s.what = act::block;
	if (with.races && roll.one_in(40))
		s.what = act::race;
	if (s.what == act::block && with.forgetful)
		s.a = set_to_sleep_in;
	if (s.what == act::wait || s.what == act::block)
		choose_memory(s, roll, with);
	if (s.what == act::block)
		s.c = static_cast<unsigned>(memory_kind::touched);
	return s;
}

step random_step(dice& roll, const style& with, const step& before)
{
	if (with.runs && before.what == act::control && !roll.one_in(8)) {
		step s = roll.one_in(8) ? step{.what = act::wait} : random_control(roll, with);
		s.a = before.a;
		if (s.what == act::wait)
			choose_memory(s, roll, with);
		return s;
	}
	const unsigned which = roll.below(10);
	if (which < 3)
		return random_control(roll, with);
	return which < 6 ? random_target_step(roll, with) : random_set_step(roll, with);
}

// A wait into forked memory forks once more, and would leave that process behind.
bool fit_for_a_child(const step& s)
{
	const act what = s.what;
	if (what == act::wait && static_cast<memory_kind>(s.c) == memory_kind::forked)
		return false;
	return what != act::block && what != act::race && what != act::create_set &&
	       what != act::close_set && what != act::open_target && what != act::duplicate;
}

unsigned slots_taken_by(const step& opening)
{
	return static_cast<target_kind>(opening.b) <= target_kind::udp ? 2 : 1;
}

// Otherwise opening would close two files in a row, the first of which wakes already.
void close_first(history& steps, const step& opening)
{
	for (unsigned i = 0; i < slots_taken_by(opening); ++i)
		steps.push_back({.what = act::close_target, .a = opening.a + i});
}

std::string as_identifier(std::string name)
{
	std::replace_if(name.begin(), name.end(), [](char c) { return c == ' ' || c == '-'; }, '_');
	return name;
}

style random_style(dice& roll)
{
	style with{};
	with.forgetful = roll.one_in(2);
	with.sleepers = roll.one_in(20);
	with.children = !with.sleepers && roll.one_in(8);
	with.races = roll.one_in(20);
	with.crowds = !with.sleepers && !with.races && roll.one_in(20);
	with.runs = !with.sleepers && roll.one_in(2);
	return with;
}

history first_steps(dice& roll, const style& with)
{
	history steps;
	for (unsigned slot = 0; slot < set_slots; ++slot)
		steps.push_back({.what = act::create_set, .a = slot});
	for (unsigned slot = 0; slot < target_slots; slot += slots_taken_by(steps.back()))
		steps.push_back(random_opening(roll, with, slot));
	return steps;
}

} // namespace

const char* name_of(target_kind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

history random_history(dice& roll, unsigned length)
{
	const style with = random_style(roll);
	history steps = first_steps(roll, with);
	unsigned in_child = 0;
	while (steps.size() < length) {
		step s = random_step(roll, with, steps.back());
		if (with.children && in_child == 0 && roll.one_in(20))
			in_child = 1 + roll.below(3);
		if (in_child > 0 && fit_for_a_child(s)) {
			s.in_child = true;
			--in_child;
		}
		if (with.sleepers && s.what == act::open_target)
			close_first(steps, s);
		if (s.what == act::control)
			s.data = static_cast<unsigned>(steps.size());
		steps.push_back(s);
	}
	for (unsigned slot = 0; slot < set_slots; ++slot)
		steps.push_back({.what = act::list_items, .a = slot});
	return steps;
}

history for_rings(history steps)
{
	constexpr unsigned room = 2000; // for all targets, with a crowd
	std::erase_if(steps, [](const step& s) { return s.what == act::race; });
	const bool sleeps = std::ranges::any_of(steps, [](const step& s) { return s.what == act::block; });
	for (step& s : steps) {
		s.in_child = false;
		if (s.what == act::control) {
			s.mask &= ~std::uint32_t{EPOLLEXCLUSIVE | EPOLLWAKEUP};
			if (!sleeps && s.data % 4 != 0)
				s.mask = (s.mask & ~std::uint32_t{EPOLLPRI}) | EPOLLET;
		} else if (s.what == act::open_target && forgets(static_cast<target_kind>(s.b))) {
			s.b = static_cast<unsigned>(target_kind::eventfd);
		} else if (s.what == act::wait) {
			s.b = room;
			s.c = static_cast<unsigned>(memory_kind::touched);
			s.data = 0;
		}
	}
	return steps;
}

std::string as_cpp(const step& s, const std::string& expected)
{
	std::ostringstream text;
	const auto call = [&](const char* object, const char* name) -> std::ostream& {
		return text << object << "." << name << "(" << s.a;
	};
	const auto call_with_memory = [&](const char* name) {
		call("sets", name) << ", " << s.b;
		if (const auto memory = static_cast<memory_kind>(s.c); memory != memory_kind::touched)
			text << ", memory_kind::" << as_identifier(name_of(memory)) << ", " << s.data;
	};
	switch (s.what) {
	case act::open_target:
		call("targets", "open") << ", target_kind::" << name_of(static_cast<target_kind>(s.b));
		break;
	case act::duplicate: call("targets", "duplicate") << ", " << s.b; break;
	case act::close_target: call("targets", "close"); break;
	case act::write_some: call("targets", "write_some") << ", " << s.b; break;
	case act::read_some: call("targets", "read_some") << ", " << s.b; break;
	case act::fill_up: call("targets", "fill_up"); break;
	case act::drain_all: call("targets", "drain_all"); break;
	case act::shut_down: call("targets", "shut_down") << ", " << s.b; break;
	case act::fire_timer: call("targets", "fire_timer"); break;
	case act::create_set: call("sets", "create"); break;
	case act::close_set: call("sets", "close"); break;
	case act::control:
		call("sets", "control") << ", " << s.b << ", " << s.c << ", 0x" << std::hex << s.mask
					<< std::dec << ", " << s.data;
		break;
	case act::wait: call_with_memory("wait"); break;
	case act::poll_set: call("sets", "poll"); break;
	case act::list_items: call("sets", "list_items"); break;
	case act::block: call_with_memory("block"); break;
	case act::race: call("sets", "race"); break;
	}
	text << ")";
	const std::string statement = text.str();
	if (statement.starts_with("targets"))
		return statement + ";";
	std::ostringstream expectation;
	expectation << "EXPECT_EQ(" << statement << ", " << std::quoted(expected) << ");";
	return expectation.str();
}

} // namespace support
