// SPDX-License-Identifier: GPL-2.0-only
// Random histories on epoll and on myepoll over the same files, by CTL, by CHANGE and by ring: every result,
// errno, event list and fdinfo must be the same. A history that shows a difference is shortened and printed as a test
// file for semantics/. MYEPOLL_STRESS_SECONDS makes it run for hours; MYEPOLL_STRESS_STEPS=N makes
// it run N steps instead, however long they take.
#include "support/by_ring.hpp"
#include "support/replay.hpp"
#include "support/storm.hpp"
#include "support/tally.hpp"
#include "support/test.hpp"

#include <cstdlib>
#include <optional>

using namespace support;

namespace {

constexpr unsigned steps_per_history = 400;
constexpr unsigned histories_between_looks = 4;
constexpr auto time_to_shorten = 20s; // part of the time that a storm has to finish

constexpr std::uint64_t least_steps_per_second = 50; // on a slow machine with a debug kernel

std::optional<std::uint64_t> wanted_steps()
{
	const char* const given = std::getenv("MYEPOLL_STRESS_STEPS");
	if (given == nullptr)
		return std::nullopt;
	return std::strtoull(given, nullptr, 0);
}

class Differential : public device_test {
protected:
	void compare_with(backend other);
};

void Differential::compare_with(backend other)
{
	storm weather;
	const auto wanted = wanted_steps();
	if (wanted)
		may_take(std::chrono::seconds{*wanted / least_steps_per_second} + 2 * time_to_shorten);
	std::uint64_t steps = 0;
	dice roll = weather.next_dice();
	while (wanted ? steps < *wanted : weather.goes_on()) {
		for (unsigned i = 0; i < histories_between_looks; ++i) {
			const history any = random_history(roll, steps_per_history);
			const history tried = other == backend::ring ? for_rings(any) : any;
			steps += tried.size();
			const auto found = replay(tried, other);
			if (!found)
				continue;
			weather.note("found a difference, shortening the history: epoll says " + found->on_epoll +
				     ", myepoll says " + found->on_myepoll);
			const history least = shortened(tried, other, time_to_shorten);
			const bool comes_back = replay_until_it_shows(least, other).has_value();
			FAIL() << "difference after " << steps << " steps, at step " << found->at << " of a history"
			       << (comes_back ? ", shortened below"
					      : ", which did not show again; the whole history is below")
			       << "\nepoll says:   " << found->on_epoll << "\nmyepoll says: " << found->on_myepoll
			       << "\n\n" << as_test_file(comes_back ? least : tried);
		}
	}
	weather.note(std::to_string(steps) + " steps; " + in_words(tally_so_far()));
}

// behaviours: 147, 158
TEST_F(Differential, random_histories_are_the_same_on_epoll_and_myepoll)
{
	compare_with(backend::myepoll);
}

// Controls of a set that follow each other are one call, with the wait behind them.
//
// behaviours: 147, 158
TEST_F(Differential, random_histories_are_the_same_by_change)
{
	compare_with(backend::change);
	EXPECT_GT(tally_so_far().batches, 0U);
}

// Edges are compared: each that epoll reports comes once, by the ring or by a WAIT, and no other, but for those that are
// outdated by then.
//
// behaviours: 54, 147
TEST_F(Differential, random_histories_have_the_same_edges_by_ring)
{
	by_ring::keep_oneshot_off();
	compare_with(backend::ring);
	EXPECT_GT(tally_so_far().from_rings, 0U);
}

} // namespace
