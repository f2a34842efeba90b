// SPDX-License-Identifier: GPL-2.0-only
// The last close of a target races with everything that may use it at that moment.
#include "support/channel.hpp"
#include "support/storm.hpp"
#include "support/team.hpp"
#include "support/test.hpp"

#include <poll.h>

#include <array>

using namespace support;

namespace {

SEMANTICS_SUITE(LastClose);

constexpr std::array<std::uint32_t, 3> modes{EPOLLIN, EPOLLIN | EPOLLET, EPOLLIN | EPOLLONESHOT};

// A thread that briefly holds a reference delays the release; if the file is never released, the
// test times out.
void await_gone(const channel& c)
{
	await([&] { return c.target_is_gone(); });
}

// Whether a CTL on a descriptor that comes and goes had a possible result.
bool is_one_of(long result, std::initializer_list<int> errors)
{
	return result == 0 || std::any_of(errors.begin(), errors.end(),
					  [result](int e) { return result == -e; });
}

// behaviours: 121, 130, 131
TEST_P(LastClose, meets_waits_polls_fdinfo_and_ctl)
{
	const event_set set = create();
	constexpr int watched = 20; // descriptors
	std::atomic<int> base = 0;
	std::atomic<bool> over = false;
	std::atomic<unsigned> strange = 0;
	storm weather;
	for (unsigned i = 0; i < 2; ++i)
		weather.start([&](dice roll) {
			while (!over)
				set.wait(std::chrono::milliseconds{roll.below(2)});
		});
	weather.start([&](dice roll) {
		while (!over) {
			pollfd readable{set.fd(), POLLIN, 0};
			poll(&readable, 1, 0);
			if (roll.one_in(10))
				(void)fdinfo_of(set.fd());
		}
	});
	weather.start([&](dice roll) {
		while (!over) {
			const int number = base + static_cast<int>(roll.below(watched));
			const long result = roll.one_in(2) ? set.mod(number, EPOLLIN | EPOLLET)
							   : set.del(number);
			if (!is_one_of(result, {EBADF, ENOENT, EPERM, EINVAL}))
				++strange;
		}
	});
	dice roll = weather.next_dice();
	unsigned closed = 0;
	for (; weather.goes_on(); ++closed) {
		channel c{roll.one_of(all_channel_kinds)};
		base = c.target();
		ASSERT_THAT(set.add(c.target(), roll.one_of(modes)), succeeds());
		if (roll.one_in(2))
			c.put(1);
		c.close_target();
		await_gone(c);
	}
	over = true;
	weather.join();
	EXPECT_EQ(strange, 0U);
	await([&] { return fdinfo_of(set.fd()).empty(); });
	EXPECT_THAT(set.wait(), delivers_nothing());
	weather.note(std::to_string(closed) + " closed");
}

//	outer <- middle <- inner <- target: waits on outer and polls of outer and middle go through
//	all of them while the target is closed for the last time, and now and then inner, too
//
// behaviours: 116, 119, 130, 131, 135
TEST_P(LastClose, meets_nested_scans)
{
	const event_set outer = create();
	const event_set middle = create();
	ASSERT_THAT(outer.add(middle.fd(), EPOLLIN), succeeds());
	std::atomic<bool> over = false;
	std::atomic<unsigned> strange = 0;
	storm weather;
	weather.start([&](dice roll) {
		while (!over)
			for (const event& e : outer.wait(std::chrono::milliseconds{roll.below(2)}).events)
				if (e != event{EPOLLIN, middle.fd()})
					++strange;
	});
	for (const event_set* const asked : {&outer, &middle})
		weather.start([&over, asked](dice) {
			while (!over) {
				pollfd readable{asked->fd(), POLLIN, 0};
				poll(&readable, 1, 0);
			}
		});
	dice roll = weather.next_dice();
	unsigned closed = 0;
	unsigned sets = 0;
	while (weather.goes_on()) {
		const event_set inner = create();
		ASSERT_THAT(middle.add(inner.fd(), roll.one_of(modes)), succeeds());
		for (unsigned i = roll.below(8); i > 0; --i, ++closed) {
			channel c{roll.one_of(all_channel_kinds)};
			ASSERT_THAT(inner.add(c.target(), roll.one_of(modes)), succeeds());
			c.put(1);
			c.close_target();
			await_gone(c);
		}
		++sets;
	}
	over = true;
	weather.join();
	EXPECT_EQ(strange, 0U);
	await([&] { return fdinfo_of(middle.fd()).empty(); });
	EXPECT_THAT(outer.wait(), delivers_nothing());
	weather.note(std::to_string(closed) + " closed in " + std::to_string(sets) + " sets");
}

// behaviours: 131, 132, 156
TEST_P(LastClose, meets_del_and_the_close_of_the_set)
{
	event_set set = create();
	channel target{channel_kind::counter};
	int set_number = -1;
	int target_number = -1;
	long removed = 0;
	storm weather;
	dice roll = weather.next_dice();
	team race{weather,
		  {[&] { set.close(); },
		   [&] {
			   removed = raw::ctl(GetParam(), set_number, EPOLL_CTL_DEL, target_number,
					      nullptr);
		   }}};
	unsigned rounds = 0;
	for (; weather.goes_on(); ++rounds) {
		target = channel{roll.one_of(all_channel_kinds)};
		target_number = target.target();
		set = create();
		set_number = set.fd();
		ASSERT_THAT(set.add(target_number, roll.one_of(modes)), succeeds());
		if (roll.one_in(2))
			target.put(1);
		race.together([&] { target.close_target(); });
		ASSERT_TRUE(is_one_of(removed, {EBADF, ENOENT})) << removed;
		await_gone(target);
	}
	weather.note(std::to_string(rounds) + " rounds");
}

//	One target in many sets, which are closed one after the other while the target is closed.
//
// behaviours: 131, 133, 160
TEST_P(LastClose, meets_the_close_of_many_sets)
{
	std::vector<event_set> sets;
	channel target{channel_kind::counter};
	storm weather;
	dice roll = weather.next_dice();
	const auto close_every_other = [&](std::size_t first) {
		for (std::size_t i = first; i < sets.size(); i += 2)
			sets[i].close();
	};
	team race{weather, {[&] { close_every_other(0); }, [&] { close_every_other(1); }}};
	unsigned rounds = 0;
	for (; weather.goes_on(); ++rounds) {
		target = channel{roll.one_of(all_channel_kinds)};
		sets.clear();
		for (int i = 0; i < 16; ++i) {
			sets.push_back(create());
			ASSERT_THAT(sets.back().add(target.target(), roll.one_of(modes)), succeeds());
		}
		race.together([&] {
			target.put(1);
			target.close_target();
		});
		await_gone(target);
	}
	weather.note(std::to_string(rounds) + " rounds");
}

// behaviours: 121, 131, 156
TEST_P(LastClose, of_many_targets_meets_events_on_all_of_them)
{
	const event_set set = create();
	std::vector<channel> targets;
	storm weather;
	dice roll = weather.next_dice();
	team race{weather,
		  {[&] { (void)set.wait(0ms, 8); },
		   [&] {
			   for (std::size_t i = 0; i < targets.size(); i += 3)
				   set.mod(targets[i].target(), EPOLLIN | EPOLLOUT);
		   }}};
	unsigned rounds = 0;
	for (; weather.goes_on(); ++rounds) {
		targets.clear();
		for (int i = 0; i < 24; ++i) {
			targets.emplace_back(roll.one_of(all_channel_kinds));
			ASSERT_THAT(set.add(targets.back().target(), roll.one_of(modes)), succeeds());
			targets.back().put(1);
		}
		race.together([&] {
			for (channel& target : targets)
				target.close_target();
		});
		for (const channel& target : targets)
			await_gone(target);
		ASSERT_THAT(set.wait(), delivers_nothing());
		await([&] { return fdinfo_of(set.fd()).empty(); });
	}
	weather.note(std::to_string(rounds) + " rounds");
}

} // namespace
