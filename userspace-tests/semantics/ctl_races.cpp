// SPDX-License-Identifier: GPL-2.0-only
// ADD, MOD and DEL against events and waits of other threads.
#include "support/test.hpp"

#include <atomic>

using namespace support;

namespace {

SEMANTICS_SUITE(CtlRaces);

// behaviours: 34, 158
TEST_P(CtlRaces, mod_and_an_event_cannot_miss_each_other)
{
	may_take(60s);
	constexpr int rounds = 10'000;
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLET), succeeds());
	std::atomic<int> started = 0;
	std::atomic<int> modified = 0;
	helper_thread modifier{[&] {
		for (int round = 1; round <= rounds; ++round) {
			await([&] { return started >= round; });
			EXPECT_THAT(set.mod(counter, EPOLLIN | EPOLLET), succeeds());
			modified = round;
		}
	}};
	for (int round = 1; round <= rounds; ++round) {
		started = round;
		signal_eventfd(counter);
		EXPECT_THAT(set.wait(5s), delivers({{EPOLLIN, counter}})) << "round " << round;
		await([&] { return modified >= round; });
		take_eventfd(counter);
		ASSERT_THAT(set.mod(counter, EPOLLET), succeeds());
		ASSERT_THAT(set.wait(), delivers_nothing());
	}
}

// behaviours: 37
TEST_P(CtlRaces, no_wait_that_begins_after_del_reports_the_item)
{
	constexpr std::uint64_t generations = 10'000;
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	std::atomic<std::uint64_t> removed = 0;
	helper_thread harvester{[&] {
		while (removed < generations) {
			const std::uint64_t gone = removed;
			for (const event& e : set.wait().events)
				EXPECT_GT(e.data, gone);
		}
	}};
	for (std::uint64_t generation = 1; generation <= generations; ++generation) {
		ASSERT_THAT(set.add(counter, EPOLLIN, generation), succeeds());
		ASSERT_THAT(set.del(counter), succeeds());
		removed = generation;
	}
}

// behaviours: 17
TEST_P(CtlRaces, of_two_adds_of_one_target_one_succeeds)
{
	constexpr int rounds = 3'000;
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	std::atomic<int> started = 0;
	std::atomic<int> ended = 0;
	std::atomic<int> successes = 0;
	const auto add = [&] {
		const long result = set.add(counter, EPOLLIN);
		EXPECT_THAT(result, testing::AnyOf(returns(0), fails_with(EEXIST)));
		successes += result == 0;
	};
	helper_thread rival{[&] {
		for (int round = 1; round <= rounds; ++round) {
			await([&] { return started >= round; });
			add();
			ended = round;
		}
	}};
	for (int round = 1; round <= rounds; ++round) {
		successes = 0;
		started = round;
		add();
		await([&] { return ended >= round; });
		ASSERT_EQ(successes, 1) << "round " << round;
		ASSERT_THAT(set.del(counter), returns(0));
	}
}

} // namespace
