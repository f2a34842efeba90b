// SPDX-License-Identifier: GPL-2.0-only
// Each event that must wake a sleeper wakes one. A sleeper that stays asleep although there is an
// event runs into the timeout of the test, or is found by still_asleep().
#include "support/storm.hpp"
#include "support/team.hpp"
#include "support/test.hpp"

#include <ctime>

#include <optional>

using namespace support;

namespace {

SEMANTICS_SUITE(LostWakeups);

constexpr std::size_t crowd = 10;

std::vector<unique_fd> edge_triggered_counters(const event_set& set)
{
	std::vector<unique_fd> counters;
	for (std::size_t i = 0; i < crowd; ++i) {
		counters.push_back(make_eventfd());
		EXPECT_THAT(set.add(counters.back(), EPOLLIN | EPOLLET, i), succeeds());
	}
	return counters;
}

// Empties the counters that were reported; returns how many there were.
unsigned empty(const delivery& got, const std::vector<unique_fd>& counters)
{
	for (const event& e : got.events)
		take_eventfd(counters[e.data]);
	return static_cast<unsigned>(got.events.size());
}

// behaviours: 91, 98, 99
TEST_P(LostWakeups, ten_edges_at_once_reach_ten_waiters)
{
	const event_set set = create();
	const auto counters = edge_triggered_counters(set);
	const unique_fd quit = make_eventfd();
	ASSERT_THAT(set.add(quit, EPOLLIN, crowd), succeeds());
	std::atomic<unsigned> taken = 0;
	storm weather;
	for (std::size_t i = 0; i < crowd; ++i)
		weather.start([&](dice) {
			for (;;) {
				const delivery got = set.wait(for_ever, 1);
				if (got.events.front().data == crowd)
					return;
				taken += empty(got, counters);
			}
		});
	team writers{weather, {[&] {
		for (std::size_t i = 1; i < crowd; i += 2)
			signal_eventfd(counters[i]);
	}}};

	unsigned put = 0;
	while (weather.goes_on()) {
		writers.together([&] {
			for (std::size_t i = 0; i < crowd; i += 2)
				signal_eventfd(counters[i]);
		});
		put += crowd;
		await([&] { return taken >= put; });
		ASSERT_EQ(taken, put);
	}
	signal_eventfd(quit);
	weather.note(std::to_string(put / crowd) + " rounds");
}

// behaviours: 62, 99
TEST_P(LostWakeups, ten_edges_wake_ten_sleepers_one_each)
{
	const event_set set = create();
	const auto counters = edge_triggered_counters(set);
	const storm weather;

	unsigned rounds = 0;
	for (; weather.goes_on(); ++rounds) {
		waiter_crowd sleepers{set, crowd, for_ever, 1};
		ASSERT_TRUE(sleepers.all_asleep());
		for (const unique_fd& counter : counters)
			signal_eventfd(counter);
		ASSERT_EQ(sleepers.count_asleep(), 0);
		for (std::size_t i = 0; i < crowd; ++i)
			EXPECT_EQ(empty(sleepers[i].result(), counters), 1U);
		ASSERT_THAT(set.wait(), delivers_nothing());
	}
	weather.note(std::to_string(rounds) + " rounds");
}

void spin_until(std::chrono::steady_clock::time_point moment)
{
	while (std::chrono::steady_clock::now() < moment)
		continue;
}

//	The hasty sleeper is the next to be woken, and is about to time out. If it times out
//	although it was chosen, the patient one must be woken instead.
//
// behaviours: 97
TEST_P(LostWakeups, an_edge_at_the_deadline_is_not_lost_between_two_sleepers)
{
	const event_set set = create();
	const unique_fd target = make_eventfd();
	ASSERT_THAT(set.add(target, EPOLLIN | EPOLLET), succeeds());
	storm weather;
	dice roll = weather.next_dice();
	std::optional<waiter> patient;
	unsigned in_time = 0;
	unsigned too_late = 0;
	while (weather.goes_on()) {
		if (!patient)
			patient.emplace(set);
		ASSERT_TRUE(patient->falls_asleep());
		waiter hasty{set, 1ms};
		hasty.falls_asleep();
		spin_until(std::chrono::steady_clock::now() +
			   std::chrono::microseconds{roll.below(1500)});
		signal_eventfd(target);
		if (hasty.result().result == 1) {
			++in_time;
		} else {
			++too_late;
			ASSERT_FALSE(patient->still_asleep());
			ASSERT_THAT(patient->result(), delivers({{EPOLLIN, target}}));
			patient.reset();
		}
		take_eventfd(target);
	}
	weather.note(std::to_string(in_time) + " in time, " + std::to_string(too_late) + " too late");
}

// behaviours: 97, 98
TEST_P(LostWakeups, waits_that_keep_timing_out_miss_no_edge)
{
	const event_set set = create();
	const auto counters = edge_triggered_counters(set);
	std::atomic<unsigned> taken = 0;
	std::atomic<bool> over = false;
	storm weather;
	for (unsigned i = 0; i < 4; ++i)
		weather.start([&](dice roll) {
			std::array<epoll_event, 2> events{};
			while (!over) {
				const long count = set.pwait2(events.data(), 2, roll.below(100'000),
							      nullptr, 0);
				for (long e = 0; e < count; ++e)
					take_eventfd(counters[events[static_cast<std::size_t>(e)].data.u64]);
				taken += static_cast<unsigned>(count);
			}
		});

	unsigned put = 0;
	while (weather.goes_on()) {
		for (const unique_fd& counter : counters)
			signal_eventfd(counter);
		put += crowd;
		await([&] { return taken >= put; });
	}
	over = true;
	weather.join();
	EXPECT_EQ(taken, put);
	weather.note(std::to_string(put / crowd) + " rounds");
}

// behaviours: 90
TEST_P(LostWakeups, the_last_to_fall_asleep_is_the_first_to_be_woken)
{
	const event_set set = create();
	const unique_fd target = make_eventfd();
	ASSERT_THAT(set.add(target, EPOLLIN | EPOLLET), succeeds());
	storm weather;
	dice roll = weather.next_dice();
	unsigned rounds = 0;
	for (; weather.goes_on(); ++rounds) {
		const std::size_t size = 2 + roll.below(5);
		waiter_crowd sleepers{set, static_cast<int>(size)};
		for (std::size_t last = size; last-- > 0;) {
			signal_eventfd(target);
			ASSERT_FALSE(sleepers[last].still_asleep());
			ASSERT_EQ(sleepers.count_asleep(), static_cast<long>(last));
			ASSERT_THAT(sleepers[last].result(), delivers({{EPOLLIN, target}}));
			take_eventfd(target);
		}
	}
	weather.note(std::to_string(rounds) + " rounds");
}

} // namespace
