// SPDX-License-Identifier: GPL-2.0-only
// MOD races with an event: at least one of the two sees the other.
#include "support/storm.hpp"
#include "support/team.hpp"
#include "support/test.hpp"

using namespace support;

namespace {

SEMANTICS_SUITE(ModBarrier);

// behaviours: 34, 158
TEST_P(ModBarrier, loses_no_event_that_comes_while_the_interest_grows)
{
	storm weather;
	const event_set set = create();
	const unique_fd target = make_eventfd();
	ASSERT_THAT(set.add(target, EPOLLET), succeeds());
	team race{weather, {[&] { signal_eventfd(target); }}};

	unsigned rounds = 0;
	for (; weather.goes_on(); ++rounds) {
		race.together([&] { set.mod(target, EPOLLIN | EPOLLET); });
		ASSERT_THAT(set.wait(), delivers({{EPOLLIN, target}})) << "round " << rounds;
		take_eventfd(target);
		ASSERT_THAT(set.mod(target, EPOLLET), succeeds());
	}
	weather.note(std::to_string(rounds) + " rounds");
}

// behaviours: 32, 34
TEST_P(ModBarrier, loses_no_edge_that_comes_while_a_oneshot_is_rearmed)
{
	storm weather;
	const event_set set = create();
	const pipe_ends pipe = make_pipe();
	constexpr std::uint32_t armed = EPOLLIN | EPOLLET | EPOLLONESHOT;
	ASSERT_THAT(set.add(pipe.reader, EPOLLET | EPOLLONESHOT), succeeds());
	team race{weather, {[&] { write_bytes(pipe.writer, 1); }}};

	unsigned rounds = 0;
	for (; weather.goes_on(); ++rounds) {
		race.together([&] { set.mod(pipe.reader, armed); });
		ASSERT_THAT(set.wait(), delivers({{EPOLLIN, pipe.reader}})) << "round " << rounds;
		ASSERT_THAT(set.wait(), delivers_nothing());
		read_bytes(pipe.reader, 1);
	}
	weather.note(std::to_string(rounds) + " rounds");
}

//	As in the kernel's own test: a waiter drains the target, MOD and events come from other threads.
//
// behaviours: 34
TEST_P(ModBarrier, never_leaves_the_waiter_asleep)
{
	const event_set set = create();
	const unique_fd target = make_eventfd();
	ASSERT_THAT(set.add(target, EPOLLIN | EPOLLET), succeeds());
	std::atomic<unsigned> taken = 0;
	std::atomic<bool> over = false;
	storm weather;
	weather.start([&](dice) {
		while (!over) {
			set.wait(for_ever);
			std::uint64_t value = 0;
			if (read(target, &value, sizeof(value)) > 0)
				taken += static_cast<unsigned>(value);
		}
	});
	team race{weather, {[&] { set.mod(target, EPOLLIN | EPOLLET); }}};

	unsigned put = 0;
	while (weather.goes_on()) {
		race.together([&] { signal_eventfd(target); });
		++put;
		await([&] { return taken == put; });
	}
	over = true;
	signal_eventfd(target);
	weather.note(std::to_string(put) + " rounds");
}

} // namespace
