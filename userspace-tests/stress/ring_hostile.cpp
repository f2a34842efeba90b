// SPDX-License-Identifier: GPL-2.0-only
// A program that writes anything into the slots of its ring, and plays with their mappings, loses its own events and
// nothing else.
#include "support/mapped_ring.hpp"
#include "support/storm.hpp"
#include "support/test.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <vector>

using namespace support;

namespace {

constexpr std::uint32_t edge = EPOLLIN | EPOLLET;
constexpr __u32 slots = 8;
constexpr std::size_t targets = 6;

class RingHostile : public device_test {};

// What a slot may look like, or may not.
__u64 some_word(dice& roll)
{
	const __u32 seq = roll.one_in(2) ? roll.below(4 * slots) : roll.below(UINT32_MAX);
	// Mostly free ones: else nothing is posted.
	switch (roll.below(8)) {
	case 0: case 4: case 5: case 6: return MYEPOLL_RING_WORD(0, seq);
	case 1: return MYEPOLL_RING_WORD(MYEPOLL_RING_DEAD, seq);
	case 2: return MYEPOLL_RING_WORD(EPOLLIN, seq);
	case 3: return MYEPOLL_RING_WORD(roll.below(UINT32_MAX), seq);
	default: return roll.one_in(2) ? 0 : ~__u64{0};
	}
}

// Half of the times the bytes of a word are written one by one.
void forge(myepoll_ring_slot& slot, dice& roll)
{
	const __u64 word = some_word(roll);
	if (roll.one_in(2)) {
		__atomic_store_n(&slot.word, word, __ATOMIC_RELAXED);
		return;
	}
	for (std::size_t i = 0; i < sizeof(word); ++i)
		__atomic_store_n(reinterpret_cast<unsigned char*>(&slot.word) + i, static_cast<unsigned char>(word >> (8 * i)),
				 __ATOMIC_RELAXED);
	__atomic_store_n(&slot.data, word, __ATOMIC_RELAXED);
}

// Maps the slots once more, and takes the mapping away in some way.
void play_with_a_mapping(int fd, dice& roll)
{
	const std::size_t size = bytes_of_slots(slots);
	void* const slots_again =
		mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(page_size()));
	if (slots_again == MAP_FAILED)
		return;
	forge(static_cast<myepoll_ring_slot*>(slots_again)[roll.below(slots)], roll);
	switch (roll.below(4)) {
	case 0: mprotect(slots_again, size, roll.one_in(2) ? PROT_NONE : PROT_READ); break;
	case 1: madvise(slots_again, size, roll.one_in(2) ? MADV_DONTNEED : MADV_DONTFORK); break;
	case 2: mremap(slots_again, size, 2 * size, MREMAP_MAYMOVE); break;
	default: break;
	}
	munmap(slots_again, size);
}

// Writes all slots so that the ring is empty at its tail; nobody may post meanwhile.
void repair(mapped_ring& ring)
{
	const auto tail = static_cast<__u32>(ring.counts().posted);
	for (__u32 i = 1; i <= slots; ++i)
		__atomic_store_n(&ring.slot(tail - i).word, MYEPOLL_RING_WORD(0, tail - i), __ATOMIC_RELAXED);
	ring.consumer().head = tail;
}

// The ring that is written to, and others that watch the same targets.
struct scene {
	explicit scene(const event_set& attacked_set) : attacked{attacked_set}
	{
		EXPECT_THAT(attacked.add(level, EPOLLIN, targets), succeeds());
		for (std::size_t i = 0; i < targets; ++i) {
			counters.push_back(make_eventfd());
			EXPECT_THAT(forged.add(counters[i], edge, i), succeeds());
			EXPECT_THAT(ring.add(counters[i], edge, i), succeeds());
			EXPECT_THAT(plain.add(counters[i], edge, i), succeeds());
		}
	}
	void meddle(dice& roll)
	{
		roll.one_in(50) ? play_with_a_mapping(forged.fd(), roll) : forge(forged.slot(roll.below(slots)), roll);
		++forgeries;
	}
	void expect_that_others_are_served()
	{
		for (const unique_fd& counter : counters)
			signal_eventfd(counter);
		const delivery by_ring = ring.take();
		ASSERT_EQ(by_ring.events.size(), targets);
		for (std::size_t i = 0; i < targets; ++i)
			ASSERT_EQ(by_ring.events[i], (event{EPOLLIN, i}));
		ASSERT_EQ(plain.wait().events.size(), targets);
		// What does not go through the ring is not touched.
		const delivery by_wait = attacked.wait();
		ASSERT_EQ(std::count(by_wait.events.begin(), by_wait.events.end(), event{EPOLLIN, targets}), 1) << by_wait;
	}
	void renew_one(dice& roll)
	{
		const std::size_t i = roll.below(targets);
		if (roll.one_in(2)) {
			ASSERT_THAT(forged.mod(counters[i], edge, i), succeeds());
		} else {
			ASSERT_THAT(attacked.del(counters[i]), succeeds());
			ASSERT_THAT(forged.add(counters[i], edge, i), succeeds());
		}
	}

	const event_set& attacked;
	mapped_ring forged{attacked, slots};
	const event_set honest{backend::myepoll};
	mapped_ring ring{honest, slots};
	const event_set plain{backend::epoll};
	const unique_fd level = make_eventfd(1);
	std::vector<unique_fd> counters;
	std::atomic<unsigned> forgeries = 0;
};

//	attacked-(ring)-targets, honest-(ring)-targets, plain-targets: each has an edge in each round.
TEST_F(RingHostile, writers_harm_nobody_else)
{
	const event_set attacked = create();
	scene s{attacked};
	storm weather;
	std::atomic<bool> over = false;
	weather.start([&](dice roll) {
		while (!over)
			s.meddle(roll);
	});
	dice roll = weather.next_dice();
	unsigned rounds = 0;
	for (; weather.goes_on() && !HasFatalFailure(); ++rounds) {
		s.expect_that_others_are_served();
		s.forged.take(slots);
		// Also if the other thread has no CPU.
		for (unsigned some = roll.below(slots); some > 0; --some)
			s.meddle(roll);
		s.renew_one(roll);
	}
	over = true;
	weather.join();
	EXPECT_EQ(s.ring.counts().refused, 0U);
	const ring_counts counts = s.forged.counts();
	EXPECT_LE(counts.taken_back, counts.posted);
	weather.note(std::to_string(rounds) + " rounds, " + std::to_string(s.forgeries) + " forgeries; " +
		     testing::PrintToString(counts));

	attacked.wait();
	for (const unique_fd& counter : s.counters)
		ASSERT_THAT(attacked.del(counter), succeeds());
	repair(s.forged);
	ASSERT_THAT(s.forged.add(s.counters[0], EPOLLOUT | EPOLLET), succeeds());
	EXPECT_THAT(s.forged.take(), delivers({{EPOLLOUT, s.counters[0]}})) << "the kernel's part of the ring is in order";
}

// Slots with odd numbers are forged; what is posted in the others is as the kernel wrote it.
TEST_F(RingHostile, writers_lose_only_the_events_of_slots_that_they_write)
{
	const event_set set = create();
	const mapped_ring ring{set, slots};
	const unique_fd counter = make_eventfd();
	storm weather;
	std::atomic<bool> over = false;
	weather.start([&](dice roll) {
		while (!over)
			forge(ring.slot(1 + 2 * roll.below(slots / 2)), roll);
	});
	std::uint64_t posted = 0;
	unsigned intact = 0;
	for (std::uint64_t data = 0; weather.goes_on(); ++data) {
		// A new item has no slot yet.
		ASSERT_THAT(ring.add(counter, edge, data), succeeds());
		signal_eventfd(counter);
		const auto seq = static_cast<__u32>(posted);
		const bool is_posted = ring.counts().posted > posted;
		posted += is_posted;
		if (is_posted && seq % 2 == 0) {
			ASSERT_EQ(ring.word(seq), MYEPOLL_RING_WORD(EPOLLIN, seq));
			ASSERT_EQ(ring.slot(seq).data, data);
			if (data % 2 == 0)
				__atomic_store_n(&ring.slot(seq).word, MYEPOLL_RING_WORD(0, seq), __ATOMIC_RELAXED);
			++intact;
		}
		if (!is_posted) {
			ASSERT_EQ(seq % 2, 1U) << "an even slot was free";
			ASSERT_THAT(set.wait(), delivers({{EPOLLIN, data}}));
		}
		take_eventfd(counter);
		ASSERT_THAT(set.del(counter), succeeds());
		if (is_posted && seq % 2 == 0 && data % 2 != 0) {
			ASSERT_EQ(ring.word(seq), MYEPOLL_RING_WORD(MYEPOLL_RING_DEAD, seq));
			__atomic_store_n(&ring.slot(seq).word, MYEPOLL_RING_WORD(0, seq), __ATOMIC_RELAXED);
		}
	}
	over = true;
	weather.join();
	EXPECT_GT(intact, 0U);
	weather.note(std::to_string(intact) + " events intact; " + testing::PrintToString(ring.counts()));
}

} // namespace
