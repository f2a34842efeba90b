// SPDX-License-Identifier: GPL-2.0-only
// What ADD, MOD and DEL do to the interest list and to events already queued.
#include "support/test.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>

#include <csignal>

using namespace support;

namespace {

constexpr std::uint32_t always = EPOLLERR | EPOLLHUP;

SEMANTICS_SUITE(AddModDel);

// behaviours: 27
TEST_P(AddModDel, error_and_hangup_are_always_watched)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	EXPECT_EQ(mask_in_fdinfo(set.fd(), counter), EPOLLIN | always);
	ASSERT_THAT(set.mod(counter, EPOLLOUT), succeeds());
	EXPECT_EQ(mask_in_fdinfo(set.fd(), counter), EPOLLOUT | always);
}

// behaviours: 28
TEST_P(AddModDel, a_fifo_open_both_ways_is_watched_on_both_sides)
{
	const temporary_folder folder;
	const event_set set = create();
	const unique_fd fifo = make_fifo(folder);
	ASSERT_THAT(set.add(fifo, EPOLLIN | EPOLLOUT | EPOLLET), succeeds());
	EXPECT_THAT(set.wait(), delivers({{EPOLLOUT, fifo}}));
	EXPECT_THAT(set.wait(), delivers_nothing());

	fill(fifo);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, fifo}}));
	drain(fifo);
	EXPECT_THAT(set.wait(), delivers({{EPOLLOUT, fifo}}));
}

// behaviours: 28
TEST_P(AddModDel, one_del_ends_all_of_a_target)
{
	const temporary_folder folder;
	const event_set set = create();
	const unique_fd fifo = make_fifo(folder);
	ASSERT_THAT(set.add(fifo, EPOLLIN | EPOLLOUT | EPOLLET), succeeds());
	ASSERT_THAT(set.del(fifo), succeeds());
	fill(fifo);
	drain(fifo);
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 29
TEST_P(AddModDel, a_target_that_never_wakes_is_looked_at_by_add_mod_and_level)
{
	const event_set set = create();
	// Always ready; polling it registers no wait queue.
	const unique_fd silent = open_file("/proc/sys/kernel/pid_max", O_RDONLY);
	ASSERT_THAT(set.add(silent, EPOLLIN), succeeds());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, silent}}));
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, silent}}));
	ASSERT_THAT(set.mod(silent, EPOLLIN | EPOLLET), succeeds());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, silent}}));
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 30
TEST_P(AddModDel, add_of_a_ready_target_wakes_one_sleeper)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	waiter_crowd sleepers{set, 2};
	ASSERT_TRUE(sleepers.all_asleep());
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	sleepers.await_returned(1);
	EXPECT_EQ(sleepers.count_asleep(), 1);
}

// behaviours: 30
TEST_P(AddModDel, mod_to_a_ready_condition_wakes_one_sleeper)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLPRI), succeeds());
	waiter_crowd sleepers{set, 2};
	ASSERT_TRUE(sleepers.all_asleep());
	ASSERT_THAT(set.mod(counter, EPOLLIN | EPOLLET), succeeds());
	sleepers.await_returned(1);
	EXPECT_EQ(sleepers.count_asleep(), 1);
}

// behaviours: 30
TEST_P(AddModDel, add_of_a_ready_target_wakes_pollers_of_the_instance)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	short got = 0;
	helper_thread poller{[&] {
		pollfd watched{set.fd(), POLLIN, 0};
		poll(&watched, 1, -1);
		got = watched.revents;
	}};
	await([&] { return poller.finished() || asleep_in(poller.state(), SYS_poll); });
	ASSERT_FALSE(poller.finished());
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	poller.join();
	EXPECT_EQ(got, POLLIN);
}

// behaviours: 31
TEST_P(AddModDel, mod_changes_the_data_of_a_queued_event)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN, 1), succeeds());
	signal_eventfd(counter);
	ASSERT_THAT(set.mod(counter, EPOLLIN, 2), succeeds());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, 2}}));
}

// behaviours: 32
TEST_P(AddModDel, mod_rearms_an_edge)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
	EXPECT_THAT(set.wait(), delivers_nothing());
	ASSERT_THAT(set.mod(counter, EPOLLIN | EPOLLET), succeeds());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 33
TEST_P(AddModDel, mod_away_from_a_pending_condition_drops_it_and_mod_back_finds_it)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	signal_eventfd(counter);
	ASSERT_THAT(set.mod(counter, EPOLLPRI), succeeds());
	EXPECT_THAT(set.wait(), delivers_nothing());
	ASSERT_THAT(set.mod(counter, EPOLLIN), succeeds());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
}

// behaviours: 33
TEST_P(AddModDel, mod_to_another_condition_reports_only_that)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	signal_eventfd(counter);
	ASSERT_THAT(set.mod(counter, EPOLLOUT), succeeds());
	EXPECT_THAT(set.wait(), delivers({{EPOLLOUT, counter}}));
}

// behaviours: 36
TEST_P(AddModDel, del_drops_a_queued_event)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	signal_eventfd(counter);
	ASSERT_THAT(set.del(counter), succeeds());
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 38
TEST_P(AddModDel, one_file_under_two_numbers_is_two_items_and_the_newest_is_reported_first)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	const unique_fd again = duplicate(counter);
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET, 1), succeeds());
	ASSERT_THAT(set.add(again, EPOLLIN | EPOLLOUT | EPOLLET, 2), succeeds());
	ASSERT_THAT(set.wait(), delivers({{EPOLLOUT, 2}}));

	signal_eventfd(counter);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN | EPOLLOUT, 2}, {EPOLLIN, 1}}));
	ASSERT_THAT(set.del(again), succeeds());
	signal_eventfd(counter);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, 1}}));
}

// behaviours: 39, 123
TEST_P(AddModDel, one_number_of_two_files_is_two_items)
{
	const event_set set = create();
	unique_fd first = make_eventfd();
	const unique_fd first_again = duplicate(first);
	ASSERT_THAT(set.add(first, EPOLLIN, 1), succeeds());
	const int number = first;
	first.close();
	const unique_fd second = make_eventfd();
	ASSERT_EQ(second, number);
	ASSERT_THAT(set.add(second, EPOLLIN, 2), succeeds());

	const auto items = fdinfo_of(set.fd());
	ASSERT_EQ(items.size(), 2U);
	EXPECT_EQ(items[0].fd, number);
	EXPECT_EQ(items[1].fd, number);
	signal_eventfd(first_again);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, 1}}));
	signal_eventfd(second);
	EXPECT_THAT(set.wait(), delivers_in_any_order({{EPOLLIN, 1}, {EPOLLIN, 2}}));
}

// behaviours: 40
TEST_P(AddModDel, watching_does_not_keep_a_target_open)
{
	signal(SIGPIPE, SIG_IGN);
	const event_set set = create();
	pipe_ends ends = make_pipe();
	ASSERT_THAT(set.add(ends.reader, EPOLLIN), succeeds());
	ends.reader.close();
	EXPECT_EQ(write(ends.writer, "x", 1), -1);
	EXPECT_EQ(errno, EPIPE);
}

// behaviours: 41
TEST_P(AddModDel, a_child_shares_the_set_of_its_parent)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_EQ(in_child([&] { EXPECT_THAT(set.add(counter, EPOLLIN), succeeds()); }), 0);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
	EXPECT_THAT(set.del(counter), returns(0));
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 41
TEST_P(AddModDel, a_child_finds_an_item_only_by_the_same_number_of_the_same_file)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	const unique_fd other = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	const auto find_nothing = [&] {
		const unique_fd moved = duplicate(counter);
		EXPECT_THAT(set.del(moved), fails_with(ENOENT));
		checked(dup2(other, counter), "dup2");
		EXPECT_THAT(set.del(counter), fails_with(ENOENT));
	};
	ASSERT_EQ(in_child(find_nothing), 0);
	EXPECT_THAT(set.del(counter), returns(0));
}

} // namespace
