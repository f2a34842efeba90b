// SPDX-License-Identifier: GPL-2.0-only
// How many threads an event wakes up, in flat and nested instances: one row for each combination of
// triggers and waiting threads. The drawings read: watcher <- watched.
#include "support/test.hpp"

#include <poll.h>
#include <sys/syscall.h>

#include <deque>

using namespace support;

namespace {

SEMANTICS_SUITE(NestedMatrix);

constexpr std::uint32_t level = EPOLLIN;
constexpr std::uint32_t edge = EPOLLIN | EPOLLET;

// How a thread gets its events: by a wait, or by poll(2) and then a non-blocking wait.
enum class habit { waits, polls };

constexpr habit W = habit::waits;
constexpr habit P = habit::polls;

class consumer {
public:
	consumer(const event_set& set, habit way)
		: set_{set}, way_{way}, thread_{[this] { run(); }}
	{
		await([this] { return thread_.finished() || asleep(); });
	}

	bool asleep() const
	{
		return way_ == habit::waits ? asleep_in_wait(thread_.state(), set_.fd())
					    : asleep_in(thread_.state(), SYS_poll);
	}
	bool finished() const { return thread_.finished(); }
	long got() const { return thread_.finished() ? result_ : 0; }
	// Waits until the thread is asleep or has returned.
	void settle() const
	{
		await([this] { return finished() || asleep(); });
	}

private:
	void run()
	{
		if (way_ == habit::polls) {
			pollfd instance{set_.fd(), POLLIN, 0};
			poll(&instance, 1, -1);
			result_ = set_.wait().result;
		} else {
			result_ = set_.wait(for_ever).result;
		}
	}

	const event_set& set_;
	habit way_;
	long result_ = 0;
	helper_thread thread_;
};

const char* name_of(std::uint32_t trigger) { return trigger == level ? "level" : "edge"; }
const char* name_of(habit way) { return way == W ? "wait" : "poll"; }

// e0 <- e1 <- s
struct two_storeys {
	two_storeys(backend which, std::uint32_t outer_trigger, std::uint32_t inner_trigger)
		: outer{which}, inner{which}
	{
		EXPECT_THAT(outer.add(inner.fd(), outer_trigger), succeeds());
		EXPECT_THAT(inner.add(source, inner_trigger), succeeds());
	}
	event_set outer;
	event_set inner;
	unique_fd source = make_eventfd();
};

int poll_now(const event_set& set)
{
	pollfd instance{set.fd(), POLLIN, 0};
	return poll(&instance, 1, 0);
}

struct flat_row {
	int sources;
	std::uint32_t trigger;
	long first;
	long second;
};

constexpr flat_row flat_rows[] = {
	{1, level, 1, 1},
	{1, edge, 1, 0},
	{2, level, 2, 2},
	{2, edge, 2, 0},
};

//	e0 <- one or two sources; two waits, without and with a poll before each
//
// behaviours: 53, 54, 56
TEST_P(NestedMatrix, flat_waits)
{
	for (const bool poll_first : {false, true})
		for (const flat_row& row : flat_rows) {
			const event_set set = create();
			const unique_fd sources[] = {make_eventfd(1), make_eventfd(1)};
			for (int i = 0; i < row.sources; ++i)
				ASSERT_THAT(set.add(sources[i], row.trigger), succeeds());
			for (const long expected : {row.first, row.second}) {
				SCOPED_TRACE(name_of(row.trigger));
				if (poll_first) {
					EXPECT_EQ(poll_now(set), expected > 0);
				}
				EXPECT_THAT(set.wait(), returns(expected));
			}
		}
}

struct flat_crowd_row {
	int sources;
	std::uint32_t trigger;
	int maxevents;
	long woken;
};

constexpr flat_crowd_row flat_crowd_rows[] = {
	{1, level, 2, 2},
	{1, edge, 2, 1},
	{2, level, 2, 2},
	{2, edge, 1, 2},
};

//	e0 <- one or two sources, all of which fire; two sleepers
//
// behaviours: 61, 62, 91
TEST_P(NestedMatrix, flat_sleepers)
{
	for (const flat_crowd_row& row : flat_crowd_rows) {
		const event_set set = create();
		const unique_fd sources[] = {make_eventfd(), make_eventfd()};
		for (int i = 0; i < row.sources; ++i)
			ASSERT_THAT(set.add(sources[i], row.trigger), succeeds());
		waiter_crowd sleepers{set, 2, for_ever, row.maxevents};
		ASSERT_TRUE(sleepers.all_asleep());

		for (int i = 0; i < row.sources; ++i)
			signal_eventfd(sources[i]);

		sleepers.await_returned(row.woken);
		EXPECT_EQ(sleepers.count_asleep(), 2 - row.woken) << name_of(row.trigger);
	}
}

struct nested_row {
	std::uint32_t outer;
	std::uint32_t inner;
	long second; // events in the second wait on the outer instance
	long woken;  // threads woken up, of two on the outer instance
};

constexpr nested_row nested_rows[] = {
	{level, level, 1, 2},
	{level, edge, 1, 2},
	{edge, level, 0, 1},
	{edge, edge, 0, 1},
};

//	e0 <- e1 <- s; two waits on e0, without and with a poll before each
//
// behaviours: 56, 117
TEST_P(NestedMatrix, nested_waits)
{
	for (const nested_row& row : nested_rows)
		for (const bool poll_first : {false, true}) {
			const two_storeys house{GetParam(), row.outer, row.inner};
			signal_eventfd(house.source);
			for (const long expected : {1L, row.second}) {
				SCOPED_TRACE(std::string{name_of(row.outer)} + " " + name_of(row.inner));
				if (poll_first) {
					EXPECT_EQ(poll_now(house.outer), expected);
				}
				EXPECT_THAT(house.outer.wait(), returns(expected));
			}
		}
}

//	e0 <- e1 <- s; two threads on e0, the second of which waits or polls
//
// behaviours: 117, 118
TEST_P(NestedMatrix, nested_sleepers_outside)
{
	for (const nested_row& row : nested_rows)
		for (const habit second_way : {W, P}) {
			SCOPED_TRACE(std::string{name_of(row.outer)} + " " + name_of(row.inner) + " " +
				     name_of(second_way));
			const two_storeys house{GetParam(), row.outer, row.inner};
			const consumer first{house.outer, W};
			const consumer second{house.outer, second_way};

			signal_eventfd(house.source);

			await([&] { return first.got() + second.got() >= row.woken; });
			first.settle();
			second.settle();
			EXPECT_EQ(first.got() + second.got(), row.woken);
		}
}

struct mixed_row {
	habit outside;
	habit inside;
};

constexpr mixed_row mixed_rows[] = {{W, W}, {W, P}, {P, W}, {P, P}};

//	e0 <- e1 <- s; one thread on e0 and one on e1. If e1 watches s edge-triggered, the thread on e1
//	may leave nothing for the one on e0.
//
// behaviours: 117, 118
TEST_P(NestedMatrix, nested_sleepers_on_both_storeys)
{
	for (const nested_row& row : nested_rows)
		for (const mixed_row& ways : mixed_rows) {
			SCOPED_TRACE(std::string{name_of(row.outer)} + " " + name_of(row.inner) + " " +
				     name_of(ways.outside) + " " + name_of(ways.inside));
			const two_storeys house{GetParam(), row.outer, row.inner};
			const consumer outside{house.outer, ways.outside};
			const consumer inside{house.inner, ways.inside};

			signal_eventfd(house.source);

			await([&] { return inside.finished(); });
			EXPECT_EQ(inside.got(), 1);
			if (row.inner == level) {
				await([&] { return outside.finished(); });
				EXPECT_EQ(outside.got(), 1);
			}
		}
}

// e0 <- e1 <- s1, e0 <- e2 <- s2, all with the same trigger
struct two_towers {
	two_towers(backend which, std::uint32_t trigger) : outer{which}, left{which}, right{which}
	{
		EXPECT_THAT(outer.add(left.fd(), trigger), succeeds());
		EXPECT_THAT(outer.add(right.fd(), trigger), succeeds());
		EXPECT_THAT(left.add(sources[0], trigger), succeeds());
		EXPECT_THAT(right.add(sources[1], trigger), succeeds());
	}
	void fire() const
	{
		signal_eventfd(sources[0]);
		signal_eventfd(sources[1]);
	}
	event_set outer;
	event_set left;
	event_set right;
	unique_fd sources[2] = {make_eventfd(), make_eventfd()};
};

//	e0 <- e1, e2 <- one source each; two waits on e0, without and with a poll before each
//
// behaviours: 117
TEST_P(NestedMatrix, waits_above_two_inner_instances)
{
	for (const std::uint32_t trigger : {level, edge})
		for (const bool poll_first : {false, true}) {
			const two_towers towers{GetParam(), trigger};
			towers.fire();
			for (const long expected : {2L, trigger == level ? 2L : 0L}) {
				SCOPED_TRACE(name_of(trigger));
				if (poll_first) {
					EXPECT_EQ(poll_now(towers.outer), expected > 0);
				}
				EXPECT_THAT(towers.outer.wait(), returns(expected));
			}
		}
}

//	e0 <- e1, e2 <- one source each, both fire; two threads on e0, each of which takes one event
//
// behaviours: 117, 118
TEST_P(NestedMatrix, sleepers_above_two_inner_instances)
{
	for (const std::uint32_t trigger : {level, edge}) {
		SCOPED_TRACE(name_of(trigger));
		const two_towers towers{GetParam(), trigger};
		waiter_crowd sleepers{towers.outer, 2, for_ever, 1};
		ASSERT_TRUE(sleepers.all_asleep());

		towers.fire();

		sleepers.await_returned(2);
	}
}

//	e0 <- e1, e2 <- one source each, both fire; one thread waits and one polls
//
// behaviours: 117, 118, 136
TEST_P(NestedMatrix, a_sleeper_and_a_poller_above_two_inner_instances)
{
	const two_towers towers{GetParam(), level};
	const consumer waiting{towers.outer, W};
	const consumer polling{towers.outer, P};

	towers.fire();

	await([&] { return waiting.finished() && polling.finished(); });
	EXPECT_GE(waiting.got(), 1);
	EXPECT_GE(polling.got(), 1);
}

} // namespace
