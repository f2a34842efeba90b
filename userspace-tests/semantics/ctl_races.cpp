// SPDX-License-Identifier: GPL-2.0-only
// ADD, MOD and DEL racing with events and with waits in other threads.
#include "support/team.hpp"
#include "support/test.hpp"

#include <atomic>

using namespace support;

namespace {

SEMANTICS_SUITE(CtlRaces);

// behaviours: 34, 158
TEST_P(CtlRaces, mod_and_an_event_cannot_miss_each_other)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLET), succeeds());
	storm weather;
	team race{weather,
		  {[&] { EXPECT_THAT(set.mod(counter, EPOLLIN | EPOLLET), succeeds()); }}};
	for (unsigned round = 0; weather.goes_on(); ++round) {
		race.together([&] { signal_eventfd(counter); });
		ASSERT_THAT(set.wait(), delivers({{EPOLLIN, counter}})) << "round " << round;
		take_eventfd(counter);
		ASSERT_THAT(set.mod(counter, EPOLLET), succeeds());
	}
}

// behaviours: 37
TEST_P(CtlRaces, no_wait_that_begins_after_del_reports_the_item)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	std::atomic<std::uint64_t> removed = 0;
	const repeating_thread harvester{[&] {
		const std::uint64_t gone = removed;
		for (const event& e : set.wait().events)
			EXPECT_GT(e.data, gone);
	}};
	for (std::uint64_t generation = 1; generation <= 5'000; ++generation) {
		ASSERT_THAT(set.add(counter, EPOLLIN, generation), succeeds());
		ASSERT_THAT(set.del(counter), succeeds());
		removed = generation;
	}
}

// behaviours: 17
TEST_P(CtlRaces, of_two_adds_of_one_target_one_succeeds)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	std::atomic<int> successes = 0;
	const auto add = [&] {
		const long result = set.add(counter, EPOLLIN);
		EXPECT_THAT(result, testing::AnyOf(returns(0), fails_with(EEXIST)));
		successes += result == 0;
	};
	storm weather;
	team race{weather, {add}};
	for (unsigned round = 0; weather.goes_on(); ++round) {
		successes = 0;
		race.together(add);
		ASSERT_EQ(successes, 1) << "round " << round;
		ASSERT_THAT(set.del(counter), returns(0));
	}
}

} // namespace
