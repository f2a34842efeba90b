// SPDX-License-Identifier: GPL-2.0-only
// Instances, descriptors and mappings of rings that come and go while events are posted.
#include "support/mapped_ring.hpp"
#include "support/repeating_thread.hpp"
#include "support/shared_page.hpp"
#include "support/storm.hpp"
#include "support/team.hpp"
#include "support/test.hpp"

#include <algorithm>
#include <csignal>
#include <optional>

using namespace support;

namespace {

constexpr std::uint32_t edge = EPOLLIN | EPOLLET;
constexpr __u32 slots = 256;

class RingEnds : public device_test {};

std::vector<__u64> words_of(const mapped_ring& ring)
{
	std::vector<__u64> words;
	for (__u32 i = 0; i < slots; ++i)
		words.push_back(ring.word(i));
	return words;
}

bool is_untaken(__u64 word)
{
	const auto events = static_cast<__u32>(word);
	return events != 0 && (events & MYEPOLL_RING_DEAD) == 0;
}

// behaviours: 114, 122
TEST_F(RingEnds, leave_nothing_to_take_whatever_is_closed_first)
{
	const std::array counters{make_eventfd(), make_eventfd(), make_eventfd()};
	const repeating_thread writer{[&] {
		for (const unique_fd& counter : counters)
			signal_eventfd(counter);
	}};
	storm weather;
	dice roll = weather.next_dice();
	unsigned rounds = 0;
	std::uint64_t posted = 0;
	for (; weather.goes_on(); ++rounds) {
		event_set set = create();
		mapped_ring ring{set, slots};
		for (const unique_fd& counter : counters)
			ASSERT_THAT(ring.add(counter, edge), succeeds());
		for (unsigned looks = roll.below(8); looks > 0; --looks)
			ring.take(roll.below(4));
		posted += ring.counts().posted;
		if (roll.one_in(2))
			ring.close();

		set.close();

		ASSERT_EQ(ring.state() & MYEPOLL_RING_CLOSED, __u32{MYEPOLL_RING_CLOSED});
		const std::vector<__u64> words = words_of(ring);
		ASSERT_FALSE(std::any_of(words.begin(), words.end(), is_untaken)) << "round " << rounds;
		ASSERT_THAT(ring.take(), delivers_nothing());
		signal_eventfd(counters[1]);
		const std::vector<__u64> later = words_of(ring);
		ASSERT_FALSE(std::any_of(later.begin(), later.end(), is_untaken)) << "round " << rounds;
	}
	EXPECT_GT(posted, rounds);
	weather.note(std::to_string(rounds) + " rounds, " + std::to_string(posted) + " events");
}

TEST_F(RingEnds, may_come_for_the_mapping_the_descriptor_and_the_set_in_any_order)
{
	const std::array counters{make_eventfd(), make_eventfd()};
	const repeating_thread writer{[&] { signal_eventfd(counters[0]); }};
	storm weather;
	dice roll = weather.next_dice();
	unsigned rounds = 0;
	for (; weather.goes_on(); ++rounds) {
		event_set set = create();
		std::optional<mapped_ring> ring{std::in_place, set, slots};
		unique_fd fd = duplicate(ring->fd());
		for (const unique_fd& counter : counters)
			ASSERT_THAT(ring->add(counter, edge), succeeds());
		ring->close();
		std::array order{0, 1, 2};
		std::shuffle(order.begin(), order.end(), std::mt19937{roll.below(UINT32_MAX)});
		for (const int what : order) {
			signal_eventfd(counters[1]);
			what == 0 ? set.close() : what == 1 ? fd.close() : ring.reset();
		}
	}
	weather.note(std::to_string(rounds) + " rounds");
}

// A process that has the only descriptor and the only mapping is killed; the set of its parent goes on.
TEST_F(RingEnds, by_the_death_of_the_process_that_has_mapped_it_do_not_concern_the_set)
{
	storm weather;
	dice roll = weather.next_dice();
	unsigned rounds = 0;
	const unique_fd counter = make_eventfd();
	const shared_page<std::atomic<bool>> is_mapped;
	const repeating_thread writer{[&] { signal_eventfd(counter); }};
	for (; weather.goes_on(); ++rounds) {
		const event_set set = create();
		const unique_fd level = make_eventfd(1);
		*is_mapped = false;
		child_process child{[&] {
			mapped_ring ring{set, slots};
			ring.add(counter, edge);
			*is_mapped = true;
			for (;;)
				ring.take();
		}};
		await([&] { return is_mapped->load(); });
		if (roll.one_in(2)) {
			ASSERT_THAT(set.del(counter), succeeds());
		}
		child.kill(SIGKILL);
		child.join();
		ASSERT_THAT(set.add(level, EPOLLIN), succeeds());
		ASSERT_THAT(make_ring(set.fd(), slots), fails_with(EEXIST));
		const delivery got = set.wait();
		ASSERT_EQ(std::count(got.events.begin(), got.events.end(), event{EPOLLIN, level}), 1) << got;
	}
	weather.note(std::to_string(rounds) + " rounds");
}

TEST_F(RingEnds, of_calls_at_once_leave_one_ring)
{
	event_set set = create();
	long one = 0;
	long other = 0;
	storm weather;
	team race{weather, {[&] { other = make_ring(set.fd(), slots); }}};
	unsigned rounds = 0;
	unsigned first_won = 0;
	for (; weather.goes_on(); ++rounds) {
		set = create();
		race.together([&] { one = make_ring(set.fd(), slots); });
		ASSERT_EQ(std::min(one, other), -EEXIST) << one << " " << other;
		ASSERT_GE(std::max(one, other), 0);
		first_won += one >= 0;
		const unique_fd ring{static_cast<int>(std::max(one, other))};
	}
	weather.note(std::to_string(rounds) + " rounds, of which the first caller won " + std::to_string(first_won));
}

} // namespace
