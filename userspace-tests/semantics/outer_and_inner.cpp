// SPDX-License-Identifier: GPL-2.0-only
// An instance watched by another: what the outer one reports and when. The outer one is of the same
// kind (OuterAndInner.NAME/myepoll) or a kernel epoll (InEpoll/OuterAndInner.NAME/myepoll). The
// drawings read: watcher <- watched. Chains are tested in nested.cpp.
#include "support/passing.hpp"
#include "support/test.hpp"
#include "support/watch.hpp"

using namespace support;

namespace {

struct kinds {
	backend outer;
	backend inner;
};

class OuterAndInner : public suite, public testing::WithParamInterface<kinds> {
protected:
	event_set create_outer() const { return event_set{GetParam().outer}; }
	event_set create_inner() const { return event_set{GetParam().inner}; }

private:
	bool needs_myepoll() const final { return GetParam().inner != backend::epoll; }
};

std::vector<kinds> of_one_kind()
{
	std::vector<kinds> all;
	for (const backend which : backends_under_test())
		all.push_back({which, which});
	return all;
}

std::vector<kinds> inside_the_kernels_own()
{
	std::vector<kinds> all;
	for (const backend which : backends_under_test())
		if (which != backend::epoll)
			all.push_back({backend::epoll, which});
	return all;
}

std::string name_of_inner(const testing::TestParamInfo<kinds>& instance)
{
	return name_of(instance.param.inner);
}

INSTANTIATE_TEST_SUITE_P(, OuterAndInner, testing::ValuesIn(of_one_kind()), name_of_inner);
INSTANTIATE_TEST_SUITE_P(InEpoll, OuterAndInner, testing::ValuesIn(inside_the_kernels_own()), name_of_inner);

//	outer (all events) <- inner (level) <- counter
//
// behaviours: 115
TEST_P(OuterAndInner, inner_is_readable_and_nothing_else)
{
	const event_set inner = create_inner();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN | EPOLLOUT), succeeds());

	const watch outer{GetParam().outer, inner.fd(), all_events};

	EXPECT_THAT(outer.now(), wakes_with(readable));
}

//	outer (RDNORM) <- inner (level) <- counter
//
// behaviours: 115
TEST_P(OuterAndInner, outer_is_not_woken_if_it_does_not_ask_for_plain_input)
{
	const event_set inner = create_inner();
	const event_set outer = create_outer();
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

//	outer (level) <- inner (edge) <- counter
//
// behaviours: 116
TEST_P(OuterAndInner, a_target_that_is_no_longer_ready_is_forgotten_by_both)
{
	const event_set inner = create_inner();
	const event_set outer = create_outer();
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
TEST_P(OuterAndInner, a_stale_target_does_not_hide_a_ready_one)
{
	const event_set inner = create_inner();
	const event_set outer = create_outer();
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

//	outer (level and edge) <- inner (level) <- counter
//
// behaviours: 117
TEST_P(OuterAndInner, a_level_within_stays_one_outside_until_it_is_drained)
{
	const event_set inner = create_inner();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	const watch outer{GetParam().outer, inner.fd(), EPOLLIN};

	signal_eventfd(counter);

	EXPECT_THAT(outer.now(), wakes_with(EPOLLIN));
	EXPECT_THAT(outer.now(), stays_at(EPOLLIN));
	EXPECT_THAT(inner.wait(), delivers({{EPOLLIN, counter}}));
	take_eventfd(counter);
	EXPECT_THAT(outer.now(), stays_at(0));
}

//	outer (level and edge) <- inner (edge) <- counter
//
// behaviours: 117
TEST_P(OuterAndInner, an_edge_within_stays_a_level_outside_until_a_wait_takes_it)
{
	const event_set inner = create_inner();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN | EPOLLET), succeeds());
	const watch outer{GetParam().outer, inner.fd(), EPOLLIN};

	signal_eventfd(counter);

	EXPECT_THAT(outer.now(), wakes_with(EPOLLIN));
	EXPECT_THAT(outer.now(), stays_at(EPOLLIN));
	EXPECT_THAT(inner.wait(), delivers({{EPOLLIN, counter}}));
	EXPECT_THAT(outer.now(), stays_at(0));
}

//	outer (edge) <- inner (edge) <- first, second
//
// behaviours: 117
TEST_P(OuterAndInner, an_edge_triggered_outer_counts_wakes_and_not_events)
{
	const event_set inner = create_inner();
	const event_set outer = create_outer();
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

//	outer (edge) <- inner (edge) <- first, second
//
// behaviours: 117
TEST_P(OuterAndInner, an_edge_triggered_outer_is_told_once_of_what_came_before_its_wait)
{
	const event_set inner = create_inner();
	const event_set outer = create_outer();
	const unique_fd first = make_eventfd();
	const unique_fd second = make_eventfd();
	ASSERT_THAT(inner.add(first, EPOLLIN | EPOLLET), succeeds());
	ASSERT_THAT(inner.add(second, EPOLLIN | EPOLLET), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN | EPOLLET), succeeds());

	signal_eventfd(first);
	signal_eventfd(second);

	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, inner.fd()}}));
	EXPECT_THAT(outer.wait(), delivers_nothing());
	EXPECT_THAT(inner.wait(), delivers({{EPOLLIN, first}, {EPOLLIN, second}}));
}

//	outer (level or edge) <- inner (level or edge) <- counter; two sleepers on outer
//
// behaviours: 117, 118
TEST_P(OuterAndInner, as_many_sleepers_wake_as_the_trigger_of_outer_says)
{
	const std::uint32_t level = 0;
	const std::uint32_t edge = EPOLLET;
	for (const std::uint32_t inner_trigger : {level, edge}) {
		for (const std::uint32_t outer_trigger : {level, edge}) {
			const event_set inner = create_inner();
			const event_set outer = create_outer();
			const unique_fd counter = make_eventfd();
			ASSERT_THAT(inner.add(counter, EPOLLIN | inner_trigger), succeeds());
			ASSERT_THAT(outer.add(inner.fd(), EPOLLIN | outer_trigger), succeeds());
			waiter_crowd crowd{outer, 2};
			ASSERT_TRUE(crowd.all_asleep());

			signal_eventfd(counter);

			const long woken = outer_trigger == level ? 2 : 1;
			crowd.await_returned(woken);
			EXPECT_EQ(crowd.count_asleep(), 2 - woken);
		}
	}
}

//	outer (level) <- inner (level) <- counter; one sleeper on each
//
// behaviours: 118
TEST_P(OuterAndInner, a_sleeper_on_each_wakes)
{
	const event_set inner = create_inner();
	const event_set outer = create_outer();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());
	waiter inside{inner};
	waiter outside{outer};
	ASSERT_TRUE(inside.falls_asleep());
	ASSERT_TRUE(outside.falls_asleep());

	signal_eventfd(counter);

	EXPECT_THAT(inside.result(), delivers({{EPOLLIN, counter}}));
	EXPECT_THAT(outside.result(), delivers({{EPOLLIN, inner.fd()}}));
}

//	outer (level) <- first, second, both <- counter
//
// behaviours: 116, 117
TEST_P(OuterAndInner, two_inner_ones_share_a_target)
{
	const event_set first = create_inner();
	const event_set second = create_inner();
	const event_set outer = create_outer();
	const unique_fd counter = make_eventfd();
	for (const event_set* inner : {&first, &second}) {
		ASSERT_THAT(inner->add(counter, EPOLLIN | EPOLLET), succeeds());
		ASSERT_THAT(outer.add(inner->fd(), EPOLLIN), succeeds());
	}

	signal_eventfd(counter);

	EXPECT_THAT(outer.wait(),
		    delivers_in_any_order({{EPOLLIN, first.fd()}, {EPOLLIN, second.fd()}}));
	EXPECT_THAT(first.wait(), delivers({{EPOLLIN, counter}}));
	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, second.fd()}}));
}

//	outer (oneshot) <- inner (level) <- counter
//
// behaviours: 57, 58
TEST_P(OuterAndInner, inner_can_be_watched_for_one_event)
{
	const event_set inner = create_inner();
	const event_set outer = create_outer();
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
TEST_P(OuterAndInner, what_a_ctl_finds_ready_wakes_a_sleeper_on_outer)
{
	const event_set inner = create_inner();
	const event_set outer = create_outer();
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
TEST_P(OuterAndInner, inner_is_reported_when_it_is_added_ready)
{
	const event_set inner = create_inner();
	const event_set outer = create_outer();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	waiter sleeper{outer};
	ASSERT_TRUE(sleeper.falls_asleep());

	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());

	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, inner.fd()}}));
}

//	outer (level) <- inner (level) <- counter
//
// behaviours: 119
TEST_P(OuterAndInner, inner_leaves_without_an_event_when_it_is_closed)
{
	event_set inner = create_inner();
	const event_set outer = create_outer();
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
TEST_P(OuterAndInner, inner_wakes_nobody_outside_when_it_is_closed)
{
	event_set inner = create_inner();
	const event_set outer = create_outer();
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
TEST_P(OuterAndInner, outer_leaves_inner_as_it_is_when_it_is_closed)
{
	const event_set inner = create_inner();
	event_set outer = create_outer();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());
	waiter sleeper{inner};
	ASSERT_TRUE(sleeper.falls_asleep());

	outer.close();
	signal_eventfd(counter);

	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, counter}}));
}

//	outer <- inner, twice, by two descriptors
//
// behaviours: 38, 123
TEST_P(OuterAndInner, inner_is_two_targets_under_two_numbers)
{
	const event_set inner = create_inner();
	const event_set outer = create_outer();
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

//	outer <- inner <- counter; inner lives on in a message, then in the received descriptor
//
// behaviours: 123, 127
TEST_P(OuterAndInner, inner_is_watched_until_its_last_descriptor_is_gone)
{
	event_set inner = create_inner();
	const event_set outer = create_outer();
	const socket_ends mail = make_unix_pair();
	const unique_fd counter = make_eventfd(1);
	const int number = inner.fd();
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(number, EPOLLIN), succeeds());

	send_descriptor(mail.peer, inner.fd());
	inner.close();
	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, number}}));

	event_set received{GetParam().inner, receive_descriptor(mail.ours)};
	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, number}}));
	EXPECT_THAT(received.wait(), delivers({{EPOLLIN, counter}}));
	received.close();
	EXPECT_THAT(outer.wait(), delivers_nothing());
}

} // namespace
