// SPDX-License-Identifier: GPL-2.0-only
// Event buffers that end early, and which events a wait writes to them.
#include "support/test.hpp"

#include <array>
#include <cstring>

using namespace support;

namespace {

constexpr std::size_t event_size = sizeof(epoll_event);

// Several readable counters, added in this order with 0, 1, 2, .. as data.
class ready_counters {
public:
	ready_counters(const event_set& set, std::size_t count, std::uint32_t mask)
	{
		for (std::size_t i = 0; i < count; ++i) {
			counters_.push_back(make_eventfd(1));
			EXPECT_THAT(set.add(counters_.back(), mask, i), succeeds());
		}
	}

private:
	std::vector<unique_fd> counters_;
};

std::vector<std::uint64_t> data_in(const void* buffer, std::size_t count)
{
	std::vector<std::uint64_t> data;
	for (std::size_t i = 0; i < count; ++i) {
		epoll_event event;
		std::memcpy(&event, static_cast<const std::byte*>(buffer) + i * event_size, event_size);
		data.push_back(event.data.u64);
	}
	return data;
}

SEMANTICS_SUITE(WaitBuffer);

// behaviours: 92
TEST_P(WaitBuffer, a_fault_after_some_events_returns_these)
{
	const event_set set = create();
	const ready_counters ready{set, 4, EPOLLIN};
	const page_before_hole page;
	void* const room_for_two = page.last_bytes(2 * event_size);
	ASSERT_THAT(set.wait(room_for_two, 4, 0), returns(2));
	EXPECT_EQ(data_in(room_for_two, 2), (std::vector<std::uint64_t>{0, 1}));
}

// behaviours: 92, 105
TEST_P(WaitBuffer, after_a_fault_edges_continue_with_those_not_delivered)
{
	const event_set set = create();
	const ready_counters ready{set, 4, EPOLLIN | EPOLLET};
	const page_before_hole page;
	ASSERT_THAT(set.wait(page.last_bytes(2 * event_size), 4, 0), returns(2));
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, 2}, {EPOLLIN, 3}}));
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 92, 105
TEST_P(WaitBuffer, after_a_fault_levels_start_with_those_not_delivered)
{
	const event_set set = create();
	const ready_counters ready{set, 4, EPOLLIN};
	const page_before_hole page;
	ASSERT_THAT(set.wait(page.last_bytes(2 * event_size), 4, 0), returns(2));
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, 2}, {EPOLLIN, 3}, {EPOLLIN, 0}, {EPOLLIN, 1}}));
}

// behaviours: 59, 93
TEST_P(WaitBuffer, a_fault_on_the_first_event_is_efault_and_consumes_nothing)
{
	for (const std::uint32_t mode : {std::uint32_t{0}, std::uint32_t{EPOLLET},
					 std::uint32_t{EPOLLONESHOT},
					 std::uint32_t{EPOLLET | EPOLLONESHOT}}) {
		const event_set set = create();
		const ready_counters ready{set, 2, EPOLLIN | mode};
		EXPECT_THAT(set.wait(nullptr, 2, 0), fails_with(EFAULT)) << mode;
		EXPECT_THAT(set.wait(unmapped_pointer, 2, -1), fails_with(EFAULT)) << mode;
		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, 0}, {EPOLLIN, 1}})) << mode;
	}
}

// behaviours: 93
TEST_P(WaitBuffer, half_an_event_is_none)
{
	const event_set set = create();
	const ready_counters ready{set, 3, EPOLLIN | EPOLLET};
	const page_before_hole page;
	for (std::size_t bytes = 1; bytes < event_size; ++bytes)
		ASSERT_THAT(set.wait(page.last_bytes(bytes), 3, 0), fails_with(EFAULT)) << bytes;
	ASSERT_THAT(set.wait(page.last_bytes(event_size + event_size / 2), 3, 0), returns(1));
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, 1}, {EPOLLIN, 2}}));
}

// A wait drops a queued target that is no longer ready, but only if its scan gets that far.
// behaviours: 93, 105
TEST_P(WaitBuffer, a_fault_leaves_what_comes_after_it_in_its_place)
{
	const event_set set = create();
	const ready_counters first{set, 2, EPOLLIN | EPOLLET};
	const unique_fd flickering = make_eventfd();
	ASSERT_THAT(set.add(flickering, EPOLLIN, 2), succeeds());
	signal_eventfd(flickering);
	const unique_fd last = make_eventfd(1);
	ASSERT_THAT(set.add(last, EPOLLIN, 3), succeeds());
	take_eventfd(flickering);

	const page_before_hole page;
	ASSERT_THAT(set.wait(nullptr, 4, 0), fails_with(EFAULT));
	ASSERT_THAT(set.wait(page.last_bytes(event_size), 4, 0), returns(1));
	ASSERT_THAT(set.wait(0ms, 1), delivers({{EPOLLIN, 1}}));
	signal_eventfd(flickering);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, 2}, {EPOLLIN, 3}}));
}

// behaviours: 92, 93
TEST_P(WaitBuffer, a_fault_drops_what_is_not_ready_before_it)
{
	const event_set set = create();
	const unique_fd flickering = make_eventfd();
	ASSERT_THAT(set.add(flickering, EPOLLIN, 0), succeeds());
	signal_eventfd(flickering);
	const ready_counters first{set, 1, EPOLLIN | EPOLLET};
	const unique_fd between = make_eventfd();
	ASSERT_THAT(set.add(between, EPOLLIN, 1), succeeds());
	signal_eventfd(between);
	const unique_fd last = make_eventfd(1);
	ASSERT_THAT(set.add(last, EPOLLIN, 2), succeeds());
	take_eventfd(flickering);
	take_eventfd(between);

	const page_before_hole page;
	ASSERT_THAT(set.wait(page.last_bytes(event_size), 4, 0), returns(1));
	signal_eventfd(between);
	signal_eventfd(flickering);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, 2}, {EPOLLIN, 1}, {EPOLLIN, 0}}));
}

// behaviours: 92, 93
TEST_P(WaitBuffer, a_hole_anywhere_in_a_large_harvest_loses_and_repeats_nothing)
{
	constexpr std::size_t count = 100;
	const page_before_hole page;
	for (std::size_t room = 1; room <= count; ++room) {
		const event_set set = create();
		const ready_counters ready{set, count, EPOLLIN | EPOLLET};
		void* const buffer = page.last_bytes(room * event_size);
		ASSERT_THAT(set.wait(buffer, count, 0), returns(room));
		auto seen = data_in(buffer, room);
		for (const event& rest : set.wait(0ms, count).events)
			seen.push_back(rest.data);
		ASSERT_EQ(seen.size(), count) << "room for " << room;
		for (std::size_t i = 0; i < count; ++i)
			ASSERT_EQ(seen[i], i) << "room for " << room;
	}
}

// behaviours: 94
TEST_P(WaitBuffer, no_more_than_maxevents_are_written)
{
	const event_set set = create();
	const ready_counters ready{set, 5, EPOLLIN};
	std::array<epoll_event, 5> events{};
	std::memset(events.data(), 0xee, sizeof(events));
	const auto untouched = events;
	ASSERT_THAT(set.wait(events.data(), 3, 0), returns(3));
	EXPECT_EQ(std::memcmp(&events[3], &untouched[3], 2 * event_size), 0);
	EXPECT_EQ(data_in(events.data(), 3), (std::vector<std::uint64_t>{0, 1, 2}));
}

// behaviours: 94
TEST_P(WaitBuffer, an_item_is_reported_at_most_once_in_a_call)
{
	const event_set set = create();
	std::vector<unique_fd> counters;
	for (std::uint64_t i = 0; i < 8; ++i) {
		counters.push_back(make_eventfd());
		ASSERT_THAT(set.add(counters.back(), EPOLLIN | EPOLLET, i), succeeds());
	}
	const repeating_thread signaller{[&, i = std::size_t{0}]() mutable {
		signal_eventfd(counters[i++ % counters.size()]);
	}};
	for (int round = 0; round < 20'000; ++round) {
		unsigned seen = 0;
		for (const event& e : set.wait().events) {
			ASSERT_EQ(seen & (1U << e.data), 0U) << "round " << round;
			seen |= 1U << e.data;
		}
	}
}

} // namespace
