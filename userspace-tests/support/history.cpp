// SPDX-License-Identifier: GPL-2.0-only
#include "support/history.hpp"

#include <sys/epoll.h>

#include <array>
#include <iomanip>
#include <sstream>

namespace support {
namespace {

constexpr std::array kind_names{"pipe", "unix_stream", "unix_datagram", "tcp", "udp", "eventfd",
				"semaphore", "timerfd"};

constexpr std::array<std::uint32_t, 12> common_bits{
	EPOLLIN, EPOLLIN, EPOLLIN, EPOLLOUT, EPOLLOUT, EPOLLET, EPOLLET, EPOLLONESHOT, EPOLLRDHUP,
	EPOLLRDNORM, EPOLLPRI, EPOLLHUP};

// EXCLUSIVE lets the first set with a sleeper keep a wake-up from all behind it. Here the sets
// of both backends watch the same files, so it goes only where nobody sleeps. Where somebody does,
// a step must not wake a set twice, because it is a matter of luck whether the sleeper harvests in
// between: there are no edges, no sets in sets, no file under two numbers, and no sockets, whose
// close and shutdown call on both ends. Nor is there a child, which does several things in a row.
struct style { // what takes longer than the rest goes into some of the histories
	bool sleepers;
	bool children;
	bool races;
};

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
	constexpr std::array ops{EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_ADD, EPOLL_CTL_MOD,
				 EPOLL_CTL_MOD, EPOLL_CTL_DEL};
	step s{.what = act::control, .a = roll.below(set_slots)};
	s.b = !with.sleepers && roll.one_in(4) ? target_slots + roll.below(set_slots) : roll.below(target_slots);
	s.c = roll.one_in(100) ? 99U : static_cast<unsigned>(roll.one_of(ops));
	s.mask = random_mask(roll, with);
	s.data = roll.below(100);
	return s;
}

// Not TCP and UDP: their packets may be handled later, and so between the turns of the two sides.
constexpr std::array kinds{target_kind::pipe, target_kind::unix_stream, target_kind::unix_datagram,
			   target_kind::eventfd, target_kind::semaphore, target_kind::timerfd};

constexpr std::array kinds_that_wake_once{target_kind::pipe, target_kind::eventfd, target_kind::semaphore,
					  target_kind::timerfd};

unsigned random_kind(dice& roll, const style& with)
{
	return static_cast<unsigned>(with.sleepers ? roll.one_of(kinds_that_wake_once) : roll.one_of(kinds));
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
	switch (s.what) {
	case act::open_target: s.b = random_kind(roll, with); break;
	case act::duplicate: s.b = roll.below(target_slots); break;
	case act::shut_down: s.b = roll.below(3); break;
	default: s.b = 1 + roll.below(roll.one_in(4) ? 3000 : 8);
	}
	return s;
}

step random_set_step(dice& roll, const style& with)
{
	constexpr std::array acts{act::wait_now, act::wait_now, act::wait_now, act::wait_now,
				  act::wait_now, act::wait_before_hole, act::poll_set, act::poll_set,
				  act::list_items, act::create_set, act::close_set};
	step s{.what = roll.one_of(acts), .a = roll.below(set_slots)};
	s.b = 1 + roll.below(roll.one_in(2) ? 3 : 20);
	s.c = roll.below(4);
	if (with.sleepers && roll.one_in(8))
		s.what = act::block;
	if (with.races && roll.one_in(40))
		s.what = act::race;
	return s;
}

step random_step(dice& roll, const style& with)
{
	const unsigned which = roll.below(10);
	if (which < 3)
		return random_control(roll, with);
	return which < 6 ? random_target_step(roll, with) : random_set_step(roll, with);
}

bool fit_for_a_child(act what)
{
	return what != act::block && what != act::race && what != act::create_set &&
	       what != act::close_set && what != act::open_target && what != act::duplicate;
}

// So that opening does not close two files in a row, of which the first one wakes.
void close_first(history& steps, const step& opening)
{
	steps.push_back({.what = act::close_target, .a = opening.a});
	if (opening.b == static_cast<unsigned>(target_kind::pipe))
		steps.push_back({.what = act::close_target, .a = opening.a + 1});
}

} // namespace

history random_history(dice& roll, unsigned length)
{
	const bool sleepers = roll.one_in(20);
	const style with{.sleepers = sleepers, .children = !sleepers && roll.one_in(8), .races = roll.one_in(20)};
	history steps;
	for (unsigned slot = 0; slot < set_slots; ++slot)
		steps.push_back({.what = act::create_set, .a = slot});
	for (unsigned slot = 0; slot + 1 < target_slots; slot += 2)
		steps.push_back({.what = act::open_target, .a = slot, .b = random_kind(roll, with)});
	unsigned in_child = 0;
	while (steps.size() < length) {
		step s = random_step(roll, with);
		if (with.children && in_child == 0 && roll.one_in(20))
			in_child = 1 + roll.below(3);
		if (in_child > 0 && fit_for_a_child(s.what)) {
			s.in_child = true;
			--in_child;
		}
		if (with.sleepers && s.what == act::open_target)
			close_first(steps, s);
		steps.push_back(s);
	}
	for (unsigned slot = 0; slot < set_slots; ++slot)
		steps.push_back({.what = act::list_items, .a = slot});
	return steps;
}

std::string as_cpp(const step& s, const std::string& expected)
{
	std::ostringstream text;
	const auto call = [&](const char* object, const char* name) -> std::ostream& {
		return text << object << "." << name << "(" << s.a;
	};
	switch (s.what) {
	case act::open_target:
		call("targets", "open") << ", target_kind::" << kind_names[s.b % kind_names.size()];
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
	case act::wait_now: call("sets", "wait") << ", " << s.b; break;
	case act::wait_before_hole: call("sets", "wait_before_hole") << ", " << s.b << ", " << s.c; break;
	case act::poll_set: call("sets", "poll"); break;
	case act::list_items: call("sets", "list_items"); break;
	case act::block: call("sets", "block") << ", " << s.b; break;
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
