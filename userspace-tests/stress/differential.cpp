// SPDX-License-Identifier: GPL-2.0-only
// Random histories on epoll and on myepoll over the same files: every result, errno, event list
// and fdinfo must be the same. A history that shows a difference is shortened and printed as a
// file of semantics/. MYEPOLL_STRESS_SECONDS makes it run for hours.
#include "support/replay.hpp"
#include "support/storm.hpp"
#include "support/test.hpp"

#include <iostream>

using namespace support;

namespace {

constexpr unsigned steps_per_history = 400;
constexpr unsigned histories_between_looks = 4;
constexpr auto time_to_shorten = 20s; // of the storm's time to end

class Differential : public device_test {};

// behaviours: 147, 158
TEST_F(Differential, random_histories_are_the_same_on_epoll_and_myepoll)
{
	storm weather;
	std::uint64_t steps = 0;
	dice roll = weather.next_dice();
	while (weather.goes_on()) {
		for (unsigned i = 0; i < histories_between_looks; ++i) {
			const history tried = random_history(roll, steps_per_history);
			steps += tried.size();
			const auto found = replay(tried);
			if (!found)
				continue;
			weather.note("a difference, being cut down: epoll says " + found->on_epoll +
				     ", myepoll says " + found->on_myepoll);
			const history least = shortened(tried, time_to_shorten);
			const bool comes_back = replay_until_it_shows(least).has_value();
			FAIL() << "after " << steps << " steps, step " << found->at << " of a history"
			       << (comes_back ? ", here cut down to the least"
					      : ", which did not come back; here it is whole")
			       << "\nepoll says:   " << found->on_epoll << "\nmyepoll says: " << found->on_myepoll
			       << "\n\n" << as_test_file(comes_back ? least : tried);
		}
	}
	weather.note(std::to_string(steps) + " steps");
}

} // namespace
