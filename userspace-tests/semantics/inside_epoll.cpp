// SPDX-License-Identifier: GPL-2.0-only
// An instance watched by the kernel's own epoll, as `outer`; the drawings read: watcher <- watched.
#include "support/test.hpp"
#include "support/watch.hpp"

using namespace support;

namespace {

SEMANTICS_SUITE(InsideEpoll);

// outer (everything) <- inner (level) <- counter
// behaviours: 115
TEST_P(InsideEpoll, reports_readable_and_nothing_else)
{
	const event_set inner = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN | EPOLLOUT), succeeds());

	const watch outer{backend::epoll, inner.fd(), all_events};

	EXPECT_THAT(outer.now(), wakes_with(readable));
}

// outer (RDNORM) <- inner (level) <- counter
// behaviours: 115
TEST_P(InsideEpoll, wakes_nobody_who_does_not_ask_for_plain_input)
{
	const event_set inner = create();
	const event_set outer{backend::epoll};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLRDNORM), succeeds());
	waiter sleeper{outer};
	ASSERT_TRUE(sleeper.falls_asleep());

	signal_eventfd(counter);

	EXPECT_TRUE(sleeper.still_asleep());
	EXPECT_THAT(outer.wait(), delivers_nothing());
	EXPECT_THAT(inner.wait(), delivers({{EPOLLIN, counter}}));
}

// outer (level) <- inner (level) <- counter
// behaviours: 116
TEST_P(InsideEpoll, is_not_ready_when_its_target_no_longer_is)
{
	const event_set inner = create();
	const event_set outer{backend::epoll};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());

	signal_eventfd(counter);
	take_eventfd(counter);

	EXPECT_THAT(outer.wait(), delivers_nothing());
	EXPECT_THAT(inner.wait(), delivers_nothing());
}

// outer (level) <- inner (level) <- stale, live
// behaviours: 116
TEST_P(InsideEpoll, looks_past_a_stale_target_to_a_ready_one)
{
	const event_set inner = create();
	const event_set outer{backend::epoll};
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

// outer (level and edge) <- inner (level) <- counter
// behaviours: 117
TEST_P(InsideEpoll, is_ready_until_a_level_triggered_target_is_drained)
{
	const event_set inner = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	const watch outer{backend::epoll, inner.fd(), EPOLLIN};

	signal_eventfd(counter);

	EXPECT_THAT(outer.now(), wakes_with(EPOLLIN));
	EXPECT_THAT(outer.now(), stays_at(EPOLLIN));
	EXPECT_THAT(inner.wait(), delivers({{EPOLLIN, counter}}));
	take_eventfd(counter);
	EXPECT_THAT(outer.now(), stays_at(0));
}

// outer (level and edge) <- inner (edge) <- counter
// behaviours: 117
TEST_P(InsideEpoll, is_ready_until_an_edge_is_taken_by_a_wait)
{
	const event_set inner = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN | EPOLLET), succeeds());
	const watch outer{backend::epoll, inner.fd(), EPOLLIN};

	signal_eventfd(counter);

	EXPECT_THAT(outer.now(), wakes_with(EPOLLIN));
	EXPECT_THAT(outer.now(), stays_at(EPOLLIN));
	EXPECT_THAT(inner.wait(), delivers({{EPOLLIN, counter}}));
	EXPECT_THAT(outer.now(), stays_at(0));
}

// outer (edge) <- inner (edge) <- counter
// behaviours: 117
TEST_P(InsideEpoll, wakes_an_edge_triggered_outer_for_each_edge_within)
{
	const event_set inner = create();
	const event_set outer{backend::epoll};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN | EPOLLET), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN | EPOLLET), succeeds());

	signal_eventfd(counter);
	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, inner.fd()}}));
	EXPECT_THAT(outer.wait(), delivers_nothing());
	signal_eventfd(counter);
	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, inner.fd()}}));
	EXPECT_THAT(outer.wait(), delivers_nothing());
}

// outer (edge) <- inner (edge) <- first, second
// behaviours: 117
TEST_P(InsideEpoll, wakes_an_edge_triggered_outer_once_for_edges_before_its_wait)
{
	const event_set inner = create();
	const event_set outer{backend::epoll};
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

// outer (level; edge) <- inner (level; edge) <- counter; two sleepers on outer
// behaviours: 117, 118
TEST_P(InsideEpoll, wakes_as_many_outer_sleepers_as_the_outer_trigger_says)
{
	const std::uint32_t level = 0;
	const std::uint32_t edge = EPOLLET;
	for (const std::uint32_t inner_trigger : {level, edge}) {
		for (const std::uint32_t outer_trigger : {level, edge}) {
			const event_set inner = create();
			const event_set outer{backend::epoll};
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

// outer (level) <- inner (level) <- counter; one sleeper on each
// behaviours: 118
TEST_P(InsideEpoll, wakes_its_own_sleeper_and_the_outer_one)
{
	const event_set inner = create();
	const event_set outer{backend::epoll};
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

// outer (level) <- inner (level) <- counter
// behaviours: 119
TEST_P(InsideEpoll, leaves_silently_when_it_is_closed)
{
	event_set inner = create();
	const event_set outer{backend::epoll};
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());
	ASSERT_THAT(outer.wait(), delivers({{EPOLLIN, inner.fd()}}));

	inner.close();

	EXPECT_THAT(outer.wait(), delivers_nothing());
	EXPECT_TRUE(fdinfo_of(outer.fd()).empty());
}

// outer (level) <- first, second, both <- counter
// behaviours: 116, 117
TEST_P(InsideEpoll, shares_its_target_with_a_sibling)
{
	const event_set first = create();
	const event_set second = create();
	const event_set outer{backend::epoll};
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

} // namespace
