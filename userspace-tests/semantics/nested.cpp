// SPDX-License-Identifier: GPL-2.0-only
// Chains and diamonds of instances. The drawings read: watcher <- watched. What one instance sees of
// another is tested in outer_and_inner.cpp, how many sleepers wake up in nested_matrix.cpp.
#include "support/test.hpp"

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

//	poll(2) <- sets[0] <- .. <- sets[4] <- counter
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
	EXPECT_THAT(top.wait(), delivers({{EPOLLIN, right.fd()}})) << "the edge of left is consumed";
}

//	sets[0] <- sets[1] <- .. <- sets[4] <- counter; sets[2] is closed
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

//	sets[0] <- .. <- sets[4] <- counter, all closed when their process is killed
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

//	outer <- inner <- counter, built by a child and taken apart by its parent
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

//	five kernel epolls <- five of ours <- counter: the longest path that an event can take
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
