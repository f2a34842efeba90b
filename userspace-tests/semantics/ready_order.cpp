// SPDX-License-Identifier: GPL-2.0-only
// The order in which ready targets are reported.
#include "support/test.hpp"

#include <map>
#include <vector>

using namespace support;

namespace {

SEMANTICS_SUITE(ReadyOrder);

using order = std::vector<std::uint64_t>;

// Six counters, watched with their index as data.
class six_counters {
public:
	six_counters(backend which, std::uint32_t interest) : set_{which}
	{
		for (std::uint64_t i = 0; i < 6; ++i) {
			counters_.push_back(make_eventfd());
			checked(static_cast<int>(set_.add(counters_.back(), interest, i)), "add");
		}
	}

	void signal(const order& which) const
	{
		for (const std::uint64_t i : which)
			signal_eventfd(counters_[i]);
	}

	order wait(int maxevents) const
	{
		order got;
		for (const event& e : set_.wait(0ms, maxevents).events)
			got.push_back(e.data);
		return got;
	}

private:
	event_set set_;
	std::vector<unique_fd> counters_;
};

// behaviours: 103
TEST_P(ReadyOrder, is_the_order_of_arrival)
{
	for (const std::uint32_t trigger : {0U, std::uint32_t{EPOLLET}}) {
		const six_counters counters{GetParam(), EPOLLIN | trigger};
		counters.signal({3, 1, 5, 0});
		EXPECT_EQ(counters.wait(16), (order{3, 1, 5, 0}));
	}
}

// behaviours: 103
TEST_P(ReadyOrder, is_not_changed_by_a_second_arrival)
{
	const six_counters counters{GetParam(), EPOLLIN | EPOLLET};

	counters.signal({3, 1, 5, 3, 1});

	EXPECT_EQ(counters.wait(16), (order{3, 1, 5}));
}

// behaviours: 103
TEST_P(ReadyOrder, puts_later_arrivals_after_what_is_still_ready)
{
	const six_counters counters{GetParam(), EPOLLIN};
	counters.signal({0, 3, 2, 1, 5});
	ASSERT_EQ(counters.wait(16), (order{0, 3, 2, 1, 5}));

	counters.signal({4});

	EXPECT_EQ(counters.wait(16), (order{0, 3, 2, 1, 5, 4}));
}

// behaviours: 103
TEST_P(ReadyOrder, is_the_order_of_adding_for_what_was_ready_before)
{
	const event_set set = create();
	const unique_fd first = make_eventfd(1);
	const unique_fd second = make_eventfd(1);
	const unique_fd third = make_eventfd(1);

	for (const int fd : {int{second}, int{third}, int{first}})
		ASSERT_THAT(set.add(fd, EPOLLIN), succeeds());

	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, second}, {EPOLLIN, third}, {EPOLLIN, first}}));
}

// behaviours: 104
TEST_P(ReadyOrder, rotates_level_triggered_targets_one_by_one)
{
	const six_counters counters{GetParam(), EPOLLIN};
	counters.signal({3, 1, 5, 0});

	for (const std::uint64_t expected : {3U, 1U, 5U, 0U, 3U, 1U, 5U, 0U, 3U})
		EXPECT_EQ(counters.wait(1), order{expected});
}

// behaviours: 104
TEST_P(ReadyOrder, rotates_level_triggered_targets_batch_by_batch)
{
	const six_counters counters{GetParam(), EPOLLIN};
	counters.signal({1, 5, 0, 3});

	EXPECT_EQ(counters.wait(3), (order{1, 5, 0}));
	EXPECT_EQ(counters.wait(3), (order{3, 1, 5}));
	EXPECT_EQ(counters.wait(3), (order{0, 3, 1}));
	EXPECT_EQ(counters.wait(3), (order{5, 0, 3}));
}

// behaviours: 103, 104
TEST_P(ReadyOrder, puts_new_arrivals_behind_the_rotated)
{
	const six_counters counters{GetParam(), EPOLLIN};
	counters.signal({0, 1, 2});
	ASSERT_EQ(counters.wait(2), (order{0, 1}));

	counters.signal({3});

	EXPECT_EQ(counters.wait(16), (order{2, 0, 1, 3}));
}

// behaviours: 105
TEST_P(ReadyOrder, keeps_at_the_head_what_found_no_room)
{
	const six_counters counters{GetParam(), EPOLLIN | EPOLLET};
	counters.signal({0, 1, 2, 3});
	ASSERT_EQ(counters.wait(2), (order{0, 1}));

	counters.signal({0});

	EXPECT_EQ(counters.wait(16), (order{2, 3, 0}));
	EXPECT_EQ(counters.wait(16), order{});
}

// behaviours: 107
TEST_P(ReadyOrder, starves_nobody)
{
	constexpr int most = 24;
	std::vector<unique_fd> counters;
	const event_set set = create();

	for (int ready = 1; ready <= most; ++ready) {
		counters.push_back(make_eventfd(1));
		ASSERT_THAT(set.add(counters.back(), EPOLLIN), succeeds());
		for (int maxevents = 1; maxevents <= ready; ++maxevents) {
			std::map<std::uint64_t, int> seen;
			const int calls = (ready + maxevents - 1) / maxevents;
			for (int call = 0; call < calls; ++call)
				for (const event& e : set.wait(0ms, maxevents).events)
					++seen[e.data];
			ASSERT_EQ(seen.size(), static_cast<std::size_t>(ready))
				<< "in " << calls << " waits for " << maxevents;
		}
	}
}

} // namespace
