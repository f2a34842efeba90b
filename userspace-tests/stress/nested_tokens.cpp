// SPDX-License-Identifier: GPL-2.0-only
// Tokens that must be found through two levels of instances, or by one of many instances. Whenever the
// writers pause, the waiters must find all tokens; otherwise the test hangs until its timeout.
#include "support/channel.hpp"
#include "support/storm.hpp"
#include "support/team.hpp"
#include "support/test.hpp"

#include <poll.h>

#include <array>
#include <deque>

using namespace support;

namespace {

constexpr std::uint64_t quit_data = 1000;

class FoundTokens : public semantics_test {
protected:
	// Writes tokens, in bursts, until the time is up; each finder takes them until the set that it waits
	// on delivers the event to quit.
	void play(const std::deque<event_set>& waited_for, unsigned finders_each,
		  const std::function<void(const event_set&, std::uint64_t)>& find,
		  const std::function<void(dice&)>& meddle = {});

	std::deque<channel>& channels() { return channels_; }
	void take_all(const channel& c) { taken_ += c.take_all(); }
	void TearDown() override { channels_.clear(); }

private:
	void write_burst(dice& roll)
	{
		for (unsigned i = roll.below(1U << roll.below(6)); i > 0; --i) {
			const unsigned tokens = 1 + roll.below(5);
			put_ += tokens;
			channels_[roll.below(static_cast<unsigned>(channels_.size()))].put(tokens);
		}
	}

	std::deque<channel> channels_;
	std::atomic<unsigned> put_ = 0;
	std::atomic<unsigned> taken_ = 0;
};

SEMANTICS_INSTANCES(FoundTokens);

void FoundTokens::play(const std::deque<event_set>& waited_for, unsigned finders_each,
		       const std::function<void(const event_set&, std::uint64_t)>& find,
		       const std::function<void(dice&)>& meddle)
{
	const unique_fd quit = make_eventfd();
	for (const event_set& set : waited_for)
		ASSERT_THAT(set.add(quit, EPOLLIN, quit_data), succeeds());
	std::atomic<bool> over = false;
	storm weather;
	for (unsigned i = 0; i < finders_each * waited_for.size(); ++i)
		weather.start([&, i](dice) {
			const event_set& set = waited_for[i % waited_for.size()];
			for (;;)
				for (const event& e : set.wait(for_ever, 2).events) {
					if (e.data == quit_data)
						return;
					find(set, e.data);
				}
		});
	if (meddle)
		weather.start([&](dice roll) {
			while (!over)
				meddle(roll);
		});
	dice rolls[] = {weather.next_dice(), weather.next_dice()};
	{
		team writers{weather, {[&] { write_burst(rolls[0]); }}};
		while (weather.goes_on()) {
			writers.together([&] { write_burst(rolls[1]); });
			await([this] { return taken_ == put_; });
		}
	}
	over = true;
	signal_eventfd(quit);
	weather.join();
	weather.note(std::to_string(taken_) + " tokens");
}

//	outer <- inner[0..2] <- two channels each
struct house {
	house(backend which, std::deque<channel>& channels, std::uint32_t outer_trigger,
	      std::uint32_t inner_trigger)
	{
		outer.emplace_back(which);
		for (std::size_t i = 0; i < 3; ++i) {
			inner.emplace_back(which);
			EXPECT_THAT(outer[0].add(inner[i].fd(), EPOLLIN | outer_trigger, i), succeeds());
			for (std::size_t c = 2 * i; c < 2 * i + 2; ++c) {
				channels.emplace_back(all_channel_kinds[c % all_channel_kinds.size()]);
				EXPECT_THAT(inner[i].add(channels[c].target(), EPOLLIN | inner_trigger, c),
					    succeeds());
			}
		}
	}
	std::deque<event_set> outer;
	std::deque<event_set> inner;
};

// behaviours: 117, 118, 147
TEST_P(FoundTokens, through_two_storeys_of_levels)
{
	const house level{GetParam(), channels(), 0, 0};
	play(level.outer, 3, [&](const event_set&, std::uint64_t i) {
		for (const event& e : level.inner[i].wait().events)
			take_all(channels()[e.data]);
	});
}

// behaviours: 117, 118, 147
TEST_P(FoundTokens, through_two_storeys_of_edges)
{
	const house edges{GetParam(), channels(), EPOLLET, EPOLLET};
	play(edges.outer, 3, [&](const event_set&, std::uint64_t i) {
		for (delivery got = edges.inner[i].wait(); got.result > 0; got = edges.inner[i].wait())
			for (const event& e : got.events)
				take_all(channels()[e.data]);
	});
}

// behaviours: 108, 117, 119
TEST_P(FoundTokens, through_two_storeys_while_others_come_and_go_above_and_below)
{
	const house mixed{GetParam(), channels(), 0, EPOLLET};
	const auto find = [&](const event_set&, std::uint64_t i) {
		for (const event& e : mixed.inner[i].wait().events)
			take_all(channels()[e.data]);
	};
	play(mixed.outer, 3, find, [&](dice& roll) {
		const event_set passing = create();
		const event_set& inner = mixed.inner[roll.below(3)];
		pollfd top{mixed.outer[0].fd(), POLLIN, 0};
		if (roll.one_in(2))
			EXPECT_THAT(passing.add(mixed.outer[0].fd(), EPOLLIN | EPOLLET), succeeds());
		else
			EXPECT_THAT(inner.add(passing.fd(), EPOLLIN, 999), succeeds());
		poll(&top, 1, 0);
	});
}

//	set[0..3] <- the same channels, exclusive: each wakeup is for one of them
//
// behaviours: 63, 65, 66
TEST_P(FoundTokens, by_one_of_many_exclusive_instances)
{
	std::deque<event_set> sets;
	for (const channel_kind kind : all_channel_kinds)
		channels().emplace_back(kind);
	for (unsigned i = 0; i < 4; ++i) {
		sets.push_back(create());
		for (std::size_t c = 0; c < channels().size(); ++c)
			ASSERT_THAT(sets.back().add(channels()[c].target(),
						    EPOLLIN | EPOLLEXCLUSIVE | (i % 2 ? EPOLLET : 0U), c),
				    succeeds());
	}
	play(sets, 1, [&](const event_set&, std::uint64_t c) { take_all(channels()[c]); });
}

//	set[0], set[1] <- the same channels, exclusive; set[2] <- the same, not exclusive; two waiters on each
//
// behaviours: 63, 69
TEST_P(FoundTokens, by_exclusive_instances_beside_plain_ones)
{
	std::deque<event_set> sets;
	for (const channel_kind kind : all_channel_kinds)
		channels().emplace_back(kind);
	for (const std::uint32_t mode : {EPOLLEXCLUSIVE | 0U, EPOLLEXCLUSIVE | EPOLLET, 0U + EPOLLET}) {
		sets.push_back(create());
		for (std::size_t c = 0; c < channels().size(); ++c)
			ASSERT_THAT(sets.back().add(channels()[c].target(), EPOLLIN | mode, c), succeeds());
	}
	play(sets, 2, [&](const event_set&, std::uint64_t c) { take_all(channels()[c]); });
}

} // namespace
