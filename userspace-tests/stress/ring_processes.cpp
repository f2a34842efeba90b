// SPDX-License-Identifier: GPL-2.0-only
// Consumers that die: processes that are killed at any moment, and threads that give up between two given steps. Nobody
// else is held up, and what is lost is at most the one event that the dead one had in its hands.
#include "support/mapped_ring.hpp"
#include "support/ring_taker.hpp"
#include "support/shared_page.hpp"
#include "support/storm.hpp"
#include "support/test.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <memory>
#include <optional>

using namespace support;

namespace {

constexpr std::uint32_t edge = EPOLLIN | EPOLLET;
constexpr std::size_t targets = 12;
constexpr __u32 slots = 16;

class RingProcesses : public device_test {};

struct shared_state {
	alignas(64) __u32 head = 0;
	std::array<std::atomic<unsigned>, targets> handled{}; // the last round in which somebody has
	std::atomic<unsigned> round = 0;
};

// Takes events for ever.
[[noreturn]] void work(const event_set& set, int fd, shared_state& state, const std::array<unique_fd, targets>& counters)
{
	const mapped_ring ring{set, duplicate(fd)};
	ring_taker consumer{ring, &state.head};
	for (;;) {
		while (const auto one = consumer.take()) {
			std::uint64_t value = 0;
			(void)!read(counters[one->data], &value, sizeof(value));
			state.handled[one->data] = state.round.load();
		}
		wait_on_ring(set.fd(), consumer.seen(), for_ever);
	}
}

TEST_F(RingProcesses, that_are_killed_at_any_moment_lose_one_event_at_most)
{
	const event_set set = create();
	const mapped_ring ring{set, slots};
	std::array<unique_fd, targets> counters;
	for (std::size_t i = 0; i < targets; ++i) {
		counters[i] = make_eventfd();
		ASSERT_THAT(ring.add(counters[i], edge, i), succeeds());
	}
	const shared_page<shared_state> state;
	const auto start_one = [&] { return std::make_unique<child_process>([&] { work(set, ring.fd(), *state, counters); }); };
	std::array workers{start_one(), start_one(), start_one()};
	ring_taker own{ring, &state->head};
	storm weather;
	dice roll = weather.next_dice();
	unsigned lost = 0;
	unsigned left = 0; // events that a worker was woken for, and died
	while (weather.goes_on()) {
		const unsigned round = ++state->round;
		const unsigned victim = roll.below(workers.size());
		const unsigned moment = roll.below(targets);
		for (std::size_t i = 0; i < targets; ++i) {
			signal_eventfd(counters[i]);
			if (i == moment)
				workers[victim]->kill(SIGKILL);
		}
		workers[victim]->join();
		const auto unhandled = [&] {
			return std::count_if(state->handled.begin(), state->handled.end(),
					     [round](const auto& last) { return last != round; });
		};
		// The others sleep when they find nothing more.
		await([&] {
			return unhandled() <= 1 || std::all_of(workers.begin(), workers.end(), [&](const auto& worker) {
				       return worker == workers[victim] ||
					      asleep_in_wait(inspect_thread(worker->pid(), worker->pid()), set.fd());
			       });
		});
		while (const auto one = own.take()) {
			take_eventfd(counters[one->data]);
			state->handled[one->data] = round;
			++left;
		}
		// One may be in the hands of each of the others.
		ASSERT_TRUE(soon([&] { return unhandled() <= 1; })) << unhandled() << " in round " << round;
		if (unhandled() == 1)
			++lost;
		for (const unique_fd& counter : counters) {
			std::uint64_t value = 0;
			(void)!read(counter, &value, sizeof(value));
		}
		workers[victim] = start_one();
	}
	const ring_counts counts = ring.counts();
	EXPECT_EQ(counts.refused, 0U) << "a dead consumer keeps a slot";
	EXPECT_THAT(set.wait(), delivers_nothing());
	weather.note(std::to_string(state->round) + " killed, " + std::to_string(lost) + " events with them, " +
		     std::to_string(left) + " left for others; " + testing::PrintToString(counts));
}

// Where a consumer gives up; the steps are those of <linux/myepoll_ring_consumer.h>.
enum class step { before_word, before_data, before_claim, before_head, never };
constexpr std::array all_steps{step::before_word, step::before_data, step::before_claim, step::before_head, step::never};

// Takes an event, or gives up. Returns the event if it was claimed, whether or not the consumer lives to handle it.
std::optional<std::uint64_t> take_until(const mapped_ring& ring, __u32& head, step last)
{
	__u32 at = __atomic_load_n(&head, __ATOMIC_ACQUIRE);
	for (;;) {
		myepoll_ring_slot& slot = ring.slot(at);
		if (last == step::before_word)
			return std::nullopt;
		__u64 word = __atomic_load_n(&slot.word, __ATOMIC_ACQUIRE);
		const auto seq = static_cast<__u32>(word >> 32);
		if (static_cast<__s32>(seq - at) < 0)
			return std::nullopt;
		std::optional<std::uint64_t> claimed;
		if (seq == at && static_cast<__u32>(word) != 0) {
			if (last == step::before_data)
				return std::nullopt;
			const __u64 data = __atomic_load_n(&slot.data, __ATOMIC_RELAXED);
			if (last == step::before_claim)
				return std::nullopt;
			if (!__atomic_compare_exchange_n(&slot.word, &word, MYEPOLL_RING_WORD(0, seq), false, __ATOMIC_SEQ_CST,
							 __ATOMIC_ACQUIRE))
				continue;
			if ((word & MYEPOLL_RING_DEAD) == 0)
				claimed = data;
			if (last == step::before_head)
				return claimed;
		}
		__u32 expected = at;
		__atomic_compare_exchange_n(&head, &expected, at + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
		if (claimed)
			return claimed;
		at = __atomic_load_n(&head, __ATOMIC_ACQUIRE);
	}
}

// Two threads write to the targets and two take events and give up all the time; whoever claims an event handles it, so
// that each token must be found.
TEST_F(RingProcesses, as_threads_that_give_up_between_two_steps_hold_nobody_up)
{
	const event_set set = create();
	const mapped_ring ring{set, slots};
	std::array<unique_fd, targets> counters;
	for (std::size_t i = 0; i < targets; ++i) {
		counters[i] = make_eventfd();
		ASSERT_THAT(ring.add(counters[i], edge, i), succeeds());
	}
	__u32 head = 0;
	std::atomic<std::uint64_t> put = 0;
	std::atomic<std::uint64_t> taken = 0;
	std::atomic<std::uint64_t> claimed = 0;
	std::atomic<unsigned> given_up = 0;
	std::atomic<bool> over = false;
	storm weather;
	for (int i = 0; i < 2; ++i)
		weather.start([&](dice roll) {
			while (!over) {
				const step last = roll.one_of(all_steps);
				given_up += last != step::never;
				if (const auto data = take_until(ring, head, last)) {
					++claimed;
					std::uint64_t value = 0;
					if (read(counters[*data], &value, sizeof(value)) > 0)
						taken += value;
				}
			}
		});
	dice roll = weather.next_dice();
	while (weather.goes_on()) {
		for (unsigned burst = roll.below(40); burst > 0; --burst, ++put)
			signal_eventfd(counters[roll.below(targets)]);
		// Hangs if an event is lost.
		await([&] { return taken == put; });
	}
	over = true;
	weather.join();
	ring_taker rest{ring};
	while (rest.take())
		continue;
	const ring_counts counts = ring.counts();
	EXPECT_EQ(counts.posted, claimed + rest.count());
	EXPECT_EQ(counts.refused, 0U);
	EXPECT_THAT(set.wait(), delivers_nothing());
	weather.note(std::to_string(put) + " tokens, given up " + std::to_string(given_up) + " times; " +
		     testing::PrintToString(counts));
}

} // namespace
