// SPDX-License-Identifier: GPL-2.0-only
// A descriptor number that is reused for another file.
#include "support/test.hpp"

using namespace support;

namespace {

SEMANTICS_SUITE(NumberReuse);

// Closes a watched descriptor that has a duplicate, and opens another file at its number.
struct reused_number {
	explicit reused_number(const event_set& set)
	{
		old_twin = duplicate(counter);
		added = set.add(counter, EPOLLIN, old_data);
		const int number = counter;
		counter.close();
		counter = make_eventfd();
		same = counter == number;
	}
	static constexpr std::uint64_t old_data = 1;
	static constexpr std::uint64_t new_data = 2;
	unique_fd counter = make_eventfd();
	unique_fd old_twin;
	long added = -1;
	bool same = false;
};

// behaviours: 39
TEST_P(NumberReuse, makes_two_items_of_one_number)
{
	const event_set set = create();
	const reused_number reused{set};
	ASSERT_TRUE(reused.same && reused.added == 0);

	EXPECT_THAT(set.add(reused.counter, EPOLLIN, reused.new_data), succeeds());
	const auto items = fdinfo_of(set.fd());
	ASSERT_EQ(items.size(), 2U);
	EXPECT_EQ(items[0].fd, reused.counter);
	EXPECT_EQ(items[1].fd, reused.counter);
	EXPECT_EQ(items[0].data, reused.old_data);
	EXPECT_EQ(items[1].data, reused.new_data);
}

// behaviours: 39
TEST_P(NumberReuse, keeps_the_events_of_the_two_files_apart)
{
	const event_set set = create();
	const reused_number reused{set};
	ASSERT_TRUE(reused.same && reused.added == 0);
	ASSERT_THAT(set.add(reused.counter, EPOLLIN, reused.new_data), succeeds());

	signal_eventfd(reused.old_twin);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, reused.old_data}}));
	take_eventfd(reused.old_twin);
	signal_eventfd(reused.counter);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, reused.new_data}}));
}

// behaviours: 39, 124
TEST_P(NumberReuse, lets_mod_and_del_reach_the_new_file_only)
{
	const event_set set = create();
	const reused_number reused{set};
	ASSERT_TRUE(reused.same && reused.added == 0);
	EXPECT_THAT(set.mod(reused.counter, EPOLLIN), fails_with(ENOENT));
	EXPECT_THAT(set.del(reused.counter), fails_with(ENOENT));
	ASSERT_THAT(set.add(reused.counter, EPOLLIN, reused.new_data), succeeds());

	EXPECT_THAT(set.del(reused.counter), succeeds());
	signal_eventfd(reused.old_twin);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, reused.old_data}}));
}

// behaviours: 39, 121
TEST_P(NumberReuse, survives_the_end_of_the_old_file)
{
	const event_set set = create();
	reused_number reused{set};
	ASSERT_TRUE(reused.same && reused.added == 0);
	ASSERT_THAT(set.add(reused.counter, EPOLLIN, reused.new_data), succeeds());
	signal_eventfd(reused.old_twin);
	signal_eventfd(reused.counter);

	reused.old_twin.close();
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, reused.new_data}}));
	EXPECT_EQ(fdinfo_of(set.fd()).size(), 1U);
}

// behaviours: 122
TEST_P(NumberReuse, lets_the_number_be_added_again_at_once)
{
	const event_set set = create();
	unique_fd counter = make_eventfd(1);
	const int number = counter;
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());

	counter.close();
	counter = make_eventfd();
	ASSERT_EQ(counter, number);
	EXPECT_THAT(set.mod(counter, EPOLLIN), fails_with(ENOENT));
	EXPECT_THAT(set.add(counter, EPOLLIN), succeeds());
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 122
TEST_P(NumberReuse, by_dup2_ends_the_watch_of_the_file_that_was_there)
{
	const event_set set = create();
	const unique_fd watched = make_eventfd(1);
	const unique_fd other = make_eventfd(1);
	ASSERT_THAT(set.add(watched, EPOLLIN), succeeds());

	ASSERT_EQ(dup2(other, watched), watched);
	EXPECT_THAT(set.wait(), delivers_nothing());
	EXPECT_THAT(fdinfo_of(set.fd()), testing::IsEmpty());
	EXPECT_THAT(set.add(watched, EPOLLIN), succeeds());
}

} // namespace
