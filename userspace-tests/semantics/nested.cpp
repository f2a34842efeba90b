// SPDX-License-Identifier: GPL-2.0-only
// Instances of one kind inside each other: what the outer one reports and when. The drawings
// read: watcher <- watched. How many sleepers wake is in nested_matrix.cpp.
#include "support/passing.hpp"
#include "support/test.hpp"
#include "support/watch.hpp"

#include <poll.h>
#include <sys/syscall.h>

#include <csignal>

using namespace support;

namespace {

SEMANTICS_SUITE(Nested);

constexpr int deepest_chain = 5;

// sets[0] <- sets[1] <- .. <- the last one
std::vector<event_set> make_chain(backend which, int length, std::uint32_t trigger = 0)
{
	std::vector<event_set> sets;
	for (int i = 0; i < length; ++i) {
		sets.emplace_back(which);
		if (i > 0)
			checked(static_cast<int>(sets[sets.size() - 2].add(sets.back().fd(),
									   EPOLLIN | trigger)),
				"nest");
	}
	return sets;
}

//	outer (everything) <- inner (level) <- counter
//
// behaviours: 115
TEST_P(Nested, an_inner_instance_is_readable_and_nothing_else)
{
	const event_set inner = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN | EPOLLOUT), succeeds());

	const watch outer{GetParam(), inner.fd(), all_events};

	EXPECT_THAT(outer.now(), wakes_with(readable));
}

//	outer (RDNORM) <- inner (level) <- counter
//
// behaviours: 115
TEST_P(Nested, an_outer_instance_that_does_not_ask_for_plain_input_is_not_woken)
{
	const event_set inner = create();
	const event_set outer = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLRDNORM), succeeds());
	waiter sleeper{outer};
	ASSERT_TRUE(sleeper.falls_asleep());

	signal_eventfd(counter);

	EXPECT_TRUE(sleeper.still_asleep());
	EXPECT_THAT(outer.wait(), delivers_nothing());
	ASSERT_THAT(outer.mod(inner.fd(), EPOLLRDNORM), succeeds());
	EXPECT_THAT(sleeper.result(), delivers({{EPOLLRDNORM, inner.fd()}}));
}

//	outer (level) <- inner (level) <- counter
//
// behaviours: 116
TEST_P(Nested, a_target_that_is_no_longer_ready_is_forgotten_by_both)
{
	const event_set inner = create();
	const event_set outer = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN | EPOLLET), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());

	signal_eventfd(counter);
	take_eventfd(counter);

	EXPECT_THAT(outer.wait(), delivers_nothing());
	ASSERT_THAT(inner.wait(), delivers_nothing());
	signal_eventfd(counter);
	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, inner.fd()}}));
	EXPECT_THAT(inner.wait(), delivers({{EPOLLIN, counter}}));
}

//	outer (level) <- inner (level) <- stale, live
//
// behaviours: 116
TEST_P(Nested, a_stale_target_does_not_hide_a_ready_one)
{
	const event_set inner = create();
	const event_set outer = create();
	const unique_fd stale = make_eventfd();
	const unique_fd live = make_eventfd();
	ASSERT_THAT(inner.add(stale, EPOLLIN), succeeds());
	ASSERT_THAT(inner.add(live, EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());

	signal_eventfd(stale);
	signal_eventfd(live);
	take_eventfd(stale);

	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, inner.fd()}}));
	EXPECT_THAT(inner.wait(), delivers({{EPOLLIN, live}}));
}

//	outer (level and edge) <- inner (edge) <- counter
//
// behaviours: 117
TEST_P(Nested, an_edge_within_stays_a_level_outside_until_a_wait_takes_it)
{
	const event_set inner = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN | EPOLLET), succeeds());
	const watch outer{GetParam(), inner.fd(), EPOLLIN};

	signal_eventfd(counter);

	EXPECT_THAT(outer.now(), wakes_with(EPOLLIN));
	EXPECT_THAT(outer.now(), stays_at(EPOLLIN));
	EXPECT_THAT(inner.wait(), delivers({{EPOLLIN, counter}}));
	EXPECT_THAT(outer.now(), stays_at(0));
}

//	outer (edge) <- inner (edge) <- first, second
//
// behaviours: 117
TEST_P(Nested, an_edge_triggered_outer_instance_counts_wakes_and_not_events)
{
	const event_set inner = create();
	const event_set outer = create();
	const unique_fd first = make_eventfd();
	const unique_fd second = make_eventfd();
	ASSERT_THAT(inner.add(first, EPOLLIN | EPOLLET), succeeds());
	ASSERT_THAT(inner.add(second, EPOLLIN | EPOLLET), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN | EPOLLET), succeeds());

	signal_eventfd(first);
	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, inner.fd()}}));
	EXPECT_THAT(outer.wait(), delivers_nothing());
	signal_eventfd(first);
	signal_eventfd(second);
	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, inner.fd()}}));
	EXPECT_THAT(outer.wait(), delivers_nothing());
	EXPECT_THAT(inner.wait(), delivers({{EPOLLIN, first}, {EPOLLIN, second}}));
}

//	outer (oneshot) <- inner (level) <- counter
//
// behaviours: 57, 58
TEST_P(Nested, an_inner_instance_can_be_watched_for_one_event)
{
	const event_set inner = create();
	const event_set outer = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN | EPOLLONESHOT), succeeds());

	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, inner.fd()}}));
	signal_eventfd(counter);
	EXPECT_THAT(outer.wait(), delivers_nothing());
	ASSERT_THAT(outer.mod(inner.fd(), EPOLLIN | EPOLLONESHOT), succeeds());
	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, inner.fd()}}));
}

//	outer <- inner <- counter, which is ready before each step
//
// behaviours: 30
TEST_P(Nested, what_a_ctl_finds_ready_wakes_a_sleeper_on_the_outer_instance)
{
	const event_set inner = create();
	const event_set outer = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());
	waiter before_add{outer};
	ASSERT_TRUE(before_add.falls_asleep());

	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	EXPECT_THAT(before_add.result(), delivers({{EPOLLIN, inner.fd()}}));

	ASSERT_THAT(inner.mod(counter, 0), succeeds());
	ASSERT_THAT(outer.wait(), delivers_nothing());
	waiter before_mod{outer};
	ASSERT_TRUE(before_mod.falls_asleep());
	ASSERT_THAT(inner.mod(counter, EPOLLIN), succeeds());
	EXPECT_THAT(before_mod.result(), delivers({{EPOLLIN, inner.fd()}}));
}

//	outer <- inner <- counter, which is ready before inner is added
//
// behaviours: 30
TEST_P(Nested, an_inner_instance_that_is_ready_is_reported_when_it_is_added)
{
	const event_set inner = create();
	const event_set outer = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	waiter sleeper{outer};
	ASSERT_TRUE(sleeper.falls_asleep());

	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());

	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, inner.fd()}}));
}

//	sets[0] <- sets[1] <- .. <- sets[4] <- counter
//
// behaviours: 109, 118, 120
TEST_P(Nested, an_event_climbs_the_deepest_chain)
{
	for (const std::uint32_t trigger : {std::uint32_t{0}, std::uint32_t{EPOLLET}}) {
		const std::vector<event_set> sets = make_chain(GetParam(), deepest_chain, trigger);
		const unique_fd counter = make_eventfd();
		ASSERT_THAT(sets.back().add(counter, EPOLLIN | trigger), succeeds());
		waiter sleeper{sets.front()};
		ASSERT_TRUE(sleeper.falls_asleep());

		signal_eventfd(counter);

		EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, sets[1].fd()}}));
		for (std::size_t i = 1; i + 1 < sets.size(); ++i)
			EXPECT_THAT(sets[i].wait(), delivers({{EPOLLIN, sets[i + 1].fd()}})) << i;
		EXPECT_THAT(sets.back().wait(), delivers({{EPOLLIN, counter}}));
	}
}

//	poll(2) -> sets[0] <- .. <- sets[4] <- counter
//
// behaviours: 120, 136
TEST_P(Nested, an_event_wakes_who_polls_the_top_of_a_chain)
{
	const std::vector<event_set> sets = make_chain(GetParam(), deepest_chain);
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(sets.back().add(counter, EPOLLIN), succeeds());
	helper_thread poller{[&] {
		pollfd top{sets.front().fd(), POLLIN, 0};
		EXPECT_EQ(poll(&top, 1, -1), 1);
	}};
	await([&] { return asleep_in(poller.state(), SYS_poll); });

	signal_eventfd(counter);

	poller.join();
}

//	top <- left <- bottom, top <- right <- bottom, bottom <- counter
//
// behaviours: 108, 116
TEST_P(Nested, an_event_takes_both_ways_up_a_diamond)
{
	const event_set top = create();
	const event_set left = create();
	const event_set right = create();
	const event_set bottom = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(left.add(bottom.fd(), EPOLLIN | EPOLLET), succeeds());
	ASSERT_THAT(right.add(bottom.fd(), EPOLLIN), succeeds());
	ASSERT_THAT(top.add(left.fd(), EPOLLIN), succeeds());
	ASSERT_THAT(top.add(right.fd(), EPOLLIN), succeeds());
	ASSERT_THAT(bottom.add(counter, EPOLLIN), succeeds());

	signal_eventfd(counter);

	EXPECT_THAT(top.wait(),
		    delivers_in_any_order({{EPOLLIN, left.fd()}, {EPOLLIN, right.fd()}}));
	EXPECT_THAT(left.wait(), delivers({{EPOLLIN, bottom.fd()}}));
	EXPECT_THAT(top.wait(), delivers({{EPOLLIN, right.fd()}})) << "left's edge is taken";
}

//	outer (level) <- inner (level) <- counter
//
// behaviours: 119
TEST_P(Nested, a_closed_inner_instance_leaves_without_an_event)
{
	event_set inner = create();
	const event_set outer = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());
	ASSERT_THAT(outer.wait(), delivers({{EPOLLIN, inner.fd()}}));

	inner.close();

	EXPECT_THAT(outer.wait(), delivers_nothing());
	EXPECT_THAT(fdinfo_of(outer.fd()), testing::IsEmpty());
	signal_eventfd(counter);
	EXPECT_THAT(outer.wait(), delivers_nothing());
}

//	outer <- inner <- counter
//
// behaviours: 119, 128
TEST_P(Nested, a_closed_inner_instance_does_not_wake_who_sleeps_outside)
{
	event_set inner = create();
	const event_set outer = create();
	const unique_fd counter = make_eventfd();
	const unique_fd other = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(other, EPOLLIN), succeeds());
	waiter sleeper{outer};
	ASSERT_TRUE(sleeper.falls_asleep());

	inner.close();
	signal_eventfd(counter);
	EXPECT_TRUE(sleeper.still_asleep());

	signal_eventfd(other);
	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, other}}));
}

//	outer <- inner <- counter
//
// behaviours: 119
TEST_P(Nested, a_closed_outer_instance_leaves_the_inner_one_as_it_is)
{
	const event_set inner = create();
	event_set outer = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());
	waiter sleeper{inner};
	ASSERT_TRUE(sleeper.falls_asleep());

	outer.close();
	signal_eventfd(counter);

	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, counter}}));
}

//	sets[0] <- sets[1] <- .. <- sets[4] <- counter, of which the third is closed
//
// behaviours: 119
TEST_P(Nested, a_closed_link_of_a_chain_parts_it)
{
	std::vector<event_set> sets = make_chain(GetParam(), deepest_chain);
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(sets.back().add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(sets.front().wait(), returns(1));

	sets[2].close();

	EXPECT_THAT(sets[0].wait(), delivers_nothing());
	EXPECT_THAT(sets[1].wait(), delivers_nothing());
	EXPECT_THAT(sets[3].wait(), delivers({{EPOLLIN, sets[4].fd()}}));
	EXPECT_THAT(sets[1].add(sets[3].fd(), EPOLLIN), succeeds());
	EXPECT_THAT(sets[0].wait(), delivers({{EPOLLIN, sets[1].fd()}}));
}

//	sets[0] <- .. <- sets[4] <- counter, left to the end of a process
//
// behaviours: 125, 131
TEST_P(Nested, a_whole_chain_can_go_at_once)
{
	const unique_fd counter = make_eventfd();
	child_process owner{[&] {
		const std::vector<event_set> sets = make_chain(GetParam(), deepest_chain);
		EXPECT_THAT(sets.back().add(counter, EPOLLIN), succeeds());
		waiter sleeper{sets.front()};
		sleeper.falls_asleep();
		kill(getpid(), SIGKILL);
	}};
	owner.join();

	const event_set set = create();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	signal_eventfd(counter);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
}

//	outer <- inner, twice, as two numbers
//
// behaviours: 38, 123
TEST_P(Nested, an_inner_instance_under_two_numbers_is_two_targets)
{
	const event_set inner = create();
	const event_set outer = create();
	const unique_fd again = duplicate(inner.fd());
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), fails_with(EEXIST));

	ASSERT_THAT(outer.add(again, EPOLLIN), succeeds());

	EXPECT_THAT(outer.wait(), delivers_in_any_order({{EPOLLIN, inner.fd()}, {EPOLLIN, again}}));
	EXPECT_THAT(outer.del(inner.fd()), succeeds());
	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, again}}));
}

//	outer <- inner <- counter; inner lives on in a duplicate and then in a message
//
// behaviours: 123, 127
TEST_P(Nested, an_inner_instance_is_watched_until_its_last_descriptor_is_gone)
{
	event_set inner = create();
	const event_set outer = create();
	const socket_ends mail = make_unix_pair();
	const unique_fd counter = make_eventfd(1);
	const int number = inner.fd();
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(number, EPOLLIN), succeeds());

	send_descriptor(mail.peer, inner.fd());
	inner.close();
	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, number}}));

	event_set received{GetParam(), receive_descriptor(mail.ours)};
	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, number}}));
	EXPECT_THAT(received.wait(), delivers({{EPOLLIN, counter}}));
	received.close();
	EXPECT_THAT(outer.wait(), delivers_nothing());
}

//	outer <- inner <- counter; a child adds and removes on its side
//
// behaviours: 41, 125
TEST_P(Nested, a_child_works_on_the_same_chain)
{
	const event_set inner = create();
	const event_set outer = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_EQ(in_child([&] {
			  EXPECT_THAT(inner.add(counter, EPOLLIN), succeeds());
			  EXPECT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());
			  EXPECT_THAT(inner.add(outer.fd(), EPOLLIN), fails_with(ELOOP));
		  }),
		  0);

	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, inner.fd()}}));
	EXPECT_THAT(outer.del(inner.fd()), succeeds());
	EXPECT_THAT(inner.add(outer.fd(), EPOLLIN), succeeds());
}

class NestedInKernelEpoll : public device_test {};

//	five of the kernel's epoll <- five of ours <- counter: the longest way an event can take
//
// behaviours: 109, 120
TEST_F(NestedInKernelEpoll, an_event_climbs_both_chains)
{
	const std::vector<event_set> theirs = make_chain(backend::epoll, deepest_chain);
	const std::vector<event_set> ours = make_chain(backend::myepoll, deepest_chain);
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(theirs.back().add(ours.front().fd(), EPOLLIN), succeeds());
	ASSERT_THAT(ours.back().add(counter, EPOLLIN), succeeds());
	waiter sleeper{theirs.front()};
	ASSERT_TRUE(sleeper.falls_asleep());

	signal_eventfd(counter);

	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, theirs[1].fd()}}));
	EXPECT_THAT(theirs.back().wait(), delivers({{EPOLLIN, ours.front().fd()}}));
	EXPECT_THAT(ours.front().wait(), delivers({{EPOLLIN, ours[1].fd()}}));
}

} // namespace
