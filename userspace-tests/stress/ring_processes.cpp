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
constexpr unsigned workers_at_once = 3;

class RingProcesses : public device_test {};

struct shared_state {
	alignas(64) __u32 head = 0;
	std::array<std::atomic<unsigned>, targets> handled{}; // the last round in which somebody has
	std::atomic<unsigned> round = 0;
};

// Processes that take events for ever, one of which is killed in each round.
class workers {
public:
	workers(const event_set& set, const mapped_ring& ring, const std::array<unique_fd, targets>& counters)
		: set_{set}, ring_{ring}, counters_{counters}
	{
		for (auto& one : processes_)
			one = start_one();
	}
	shared_state& state() const { return *state_; }

	// While it takes the events of a round that is beginning.
	void signal_all_and_kill_one(dice& roll)
	{
		++state_->round;
		victim_ = roll.below(workers_at_once);
		const unsigned moment = roll.below(targets);
		for (std::size_t i = 0; i < targets; ++i) {
			signal_eventfd(counters_[i]);
			if (i == moment)
				processes_[victim_]->kill(SIGKILL);
		}
		processes_[victim_]->join();
	}
	// The others sleep when they find nothing more.
	bool are_done() const
	{
		return unhandled() <= 1 || std::all_of(processes_.begin(), processes_.end(), [this](const auto& one) {
			       return one == processes_[victim_] || asleep_in_wait(inspect_thread(one->pid(), one->pid()), set_.fd());
		       });
	}
	// Targets of this round.
	long unhandled() const
	{
		return std::count_if(state_->handled.begin(), state_->handled.end(),
				     [this](const auto& last) { return last != state_->round; });
	}
	void replace_victim() { processes_[victim_] = start_one(); }

private:
	std::unique_ptr<child_process> start_one() const
	{
		return std::make_unique<child_process>([this] { work(); });
	}
	[[noreturn]] void work() const
	{
		const mapped_ring own{set_, duplicate(ring_.fd())};
		ring_taker consumer{own, &state_->head};
		for (;;) {
			while (const auto one = consumer.take()) {
				std::uint64_t value = 0;
				(void)!read(counters_[one->data], &value, sizeof(value));
				state_->handled[one->data] = state_->round.load();
			}
			wait_on_ring(set_.fd(), consumer.seen(), for_ever);
		}
	}

	const event_set& set_;
	const mapped_ring& ring_;
	const std::array<unique_fd, targets>& counters_;
	const shared_page<shared_state> state_;
	std::array<std::unique_ptr<child_process>, workers_at_once> processes_;
	std::size_t victim_ = 0;
};

std::array<unique_fd, targets> watched_counters(const mapped_ring& ring)
{
	std::array<unique_fd, targets> counters;
	for (std::size_t i = 0; i < targets; ++i) {
		counters[i] = make_eventfd();
		EXPECT_THAT(ring.add(counters[i], edge, i), succeeds());
	}
	return counters;
}

TEST_F(RingProcesses, that_are_killed_at_any_moment_lose_one_event_at_most)
{
	const event_set set = create();
	const mapped_ring ring{set, slots};
	const auto counters = watched_counters(ring);
	workers crowd{set, ring, counters};
	ring_taker own{ring, &crowd.state().head};
	storm weather;
	dice roll = weather.next_dice();
	unsigned lost = 0;
	unsigned left = 0; // events that the victim was woken for
	for (; weather.goes_on(); crowd.replace_victim()) {
		crowd.signal_all_and_kill_one(roll);
		await([&] { return crowd.are_done(); });
		for (; const auto one = own.take(); ++left)
			crowd.state().handled[one->data] = crowd.state().round.load();
		// The others may have some in their hands.
		ASSERT_TRUE(soon([&] { return crowd.unhandled() <= 1; })) << crowd.unhandled() << " are lost";
		lost += crowd.unhandled() == 1;
		for (const unique_fd& counter : counters) {
			std::uint64_t value = 0;
			(void)!read(counter, &value, sizeof(value));
		}
	}
	const ring_counts counts = ring.counts();
	EXPECT_EQ(counts.refused, 0U) << "a dead consumer keeps a slot";
	EXPECT_THAT(set.wait(), delivers_nothing());
	weather.note(std::to_string(crowd.state().round) + " killed, " + std::to_string(lost) + " events with them, " +
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
	const auto counters = watched_counters(ring);
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
