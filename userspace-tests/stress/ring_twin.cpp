// SPDX-License-Identifier: GPL-2.0-only
// The kernel's side of a ring's slots, compiled for a program: threads post as the callbacks of some
// targets would, and as a MOD that takes back; others take with <linux/myepoll_ring_consumer.h>.
// What module/ring.h keeps beside the slots is done here in the same manner.
//
// Each target has tokens: posters put them in, who takes an event takes them out. Whenever the
// posters pause, all must be found. A ring that is stuck loses nothing, because what it refuses goes
// to a list; so what is posted is counted, too.
#include "support/storm.hpp"
#include "support/team.hpp"
#include "support/test.hpp"

#include <linux/myepoll_ring_consumer.h>

#include <deque>
#include <mutex>

using u32 = __u32;
using u64 = __u64;

#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, value) __atomic_store_n(&(x), value, __ATOMIC_RELAXED)
#define smp_store_release(p, value) __atomic_store_n(p, value, __ATOMIC_RELEASE)
#define try_cmpxchg(p, old, value) \
	__atomic_compare_exchange_n(p, old, value, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)
#include "../../module/ring_slot.h"

using namespace support;

namespace {

constexpr std::array<u32, 5> bits{0x1, 0x4, 0x8, 0x40, 0x100}; // of each target's events: its own
constexpr std::size_t targets = bits.size();
constexpr unsigned consumers = 3;
constexpr unsigned looks_before_sleep = 300;

// What an event's data point to. Plain memory, so that TSan sees whether the event, and nothing
// else, makes visible what was written before it.
struct posting {
	std::size_t target;
	unsigned edition;
};

struct target {
	std::atomic<unsigned> tokens = 0;
	std::atomic<unsigned> edition = 0; // events of older ones were taken back
	std::size_t at = 0; // the slot it was last posted in
	bool queued = false;
};

class RingTwin : public testing::TestWithParam<u32> {
protected:
	RingTwin();
	void play(bool shared);

private:
	void change(std::size_t number);
	void post(std::size_t number);
	bool add_or_post(std::size_t number);
	void meddle(dice& roll);
	void take_from_list();
	void serve(const std::array<unsigned, targets>& before, u32 events, u64 data);
	bool take(bool shared, myepoll_ring_consumer& own, dice& roll);
	void consume(bool shared, dice roll);
	void check_after_pause();
	std::array<unsigned, targets> editions() const;
	void tell() { ++changes_; changes_.notify_all(); }

	std::vector<myepoll_ring_slot> slots_;
	myepoll_ring_header header_{};
	std::array<target, targets> targets_;
	std::atomic<unsigned> changes_ = 0; // WAIT sleeps until it changes
	std::atomic<bool> over_ = false;

	std::mutex lock_; // of what follows
	std::vector<const target*> owner_;
	std::deque<posting> postings_;
	u32 tail_ = 0;
	unsigned taken_back_ = 0;
	unsigned merged_ = 0;
	unsigned refused_ = 0;

	u32 head_ = 0; // of those who share it
	std::atomic<unsigned> put_ = 0;
	std::atomic<unsigned> found_ = 0;
	std::atomic<unsigned> taken_ = 0; // events
	std::atomic<unsigned> stale_ = 0; // whose target had been changed before they were taken
	std::atomic<unsigned> foreign_ = 0; // with bits of another target
};

RingTwin::RingTwin() : slots_(GetParam()), owner_(GetParam() + 1)
{
	for (u32 i = 0; i < slots_.size(); ++i)
		slots_[i].word = MYEPOLL_RING_WORD(0, i - GetParam());
	for (std::size_t i = 0; i < targets; ++i)
		change(i);
}

// As by a MOD: nothing is left of the old edition when it returns.
void RingTwin::change(std::size_t number)
{
	const std::scoped_lock locked{lock_};
	target& t = targets_[number];
	if (owner_[t.at] == &t) {
		taken_back_ += myep_slot_kill(&slots_[t.at]);
		owner_[t.at] = nullptr;
	}
	t.at = slots_.size();
	++t.edition;
}

// myep_post_locked()
bool RingTwin::add_or_post(std::size_t number)
{
	target& t = targets_[number];
	if (owner_[t.at] == &t && myep_slot_add(&slots_[t.at], bits[number])) {
		++merged_;
		return true;
	}
	const std::size_t at = tail_ % slots_.size();
	const posting& told = postings_.emplace_back(posting{number, t.edition});
	if (!myep_slot_post(&slots_[at], bits[number], reinterpret_cast<u64>(&told), tail_))
		return false;
	owner_[at] = &t;
	t.at = at;
	++tail_;
	return true;
}

// The target becomes ready. As the kernel's do, its store comes before the callback takes the lock.
void RingTwin::post(std::size_t number)
{
	target& t = targets_[number];
	++put_;
	t.tokens.fetch_add(1, std::memory_order_relaxed);
	{
		const std::scoped_lock locked{lock_};
		if (!t.queued && !add_or_post(number)) {
			++refused_;
			t.queued = true;
			__atomic_store_n(&header_.state, MYEPOLL_RING_WAIT, __ATOMIC_RELAXED);
		}
	}
	tell();
}

// Mostly one target many times, which adds to events at the moment when they are taken.
void RingTwin::meddle(dice& roll)
{
	for (unsigned bursts = roll.below(64); bursts > 0; --bursts) {
		const std::size_t number = roll.below(targets);
		for (unsigned i = roll.below(1U << roll.below(12)); i > 0; --i)
			post(number);
		if (roll.one_in(2))
			continue;
		change(number);
		// A MOD polls: what is ready counts as a new edge.
		if (targets_[number].tokens > 0)
			post(number);
	}
}

void RingTwin::take_from_list()
{
	const std::scoped_lock locked{lock_};
	for (target& t : targets_)
		if (std::exchange(t.queued, false))
			found_ += t.tokens.exchange(0);
	__atomic_store_n(&header_.state, 0, __ATOMIC_RELAXED);
}

std::array<unsigned, targets> RingTwin::editions() const
{
	std::array<unsigned, targets> result{};
	for (std::size_t i = 0; i < targets; ++i)
		result[i] = targets_[i].edition;
	return result;
}

void RingTwin::serve(const std::array<unsigned, targets>& before, u32 events, u64 data)
{
	++taken_;
	const posting* const told = reinterpret_cast<const posting*>(data);
	if (told == nullptr || events != bits[told->target]) {
		++foreign_;
		return;
	}
	if (told->edition < before[told->target])
		++stale_;
	found_ += targets_[told->target].tokens.exchange(0, std::memory_order_relaxed);
}

// Return: whether there may be more.
bool RingTwin::take(bool shared, myepoll_ring_consumer& own, dice& roll)
{
	const std::array<unsigned, targets> before = editions();
	u32 events = 0;
	u64 data = 0;
	if (!shared) {
		if (!myepoll_ring_take(&own, &events, &data))
			return false;
	} else if (roll.one_in(16)) {
		// It stops before it moves the head, and another one begins.
		const u32 head = __atomic_load_n(&head_, __ATOMIC_ACQUIRE);
		const int found = __myepoll_ring_try(&own, head, &events, &data);
		if (found != __MYEPOLL_RING_TAKEN)
			return found != __MYEPOLL_RING_EMPTY;
	} else if (u32 seen = 0; !myepoll_ring_take_shared(&own, &head_, &events, &data, &seen)) {
		return false;
	}
	serve(before, events, data);
	return true;
}

void RingTwin::consume(bool shared, dice roll)
{
	myepoll_ring_consumer own{&header_, slots_.data(), GetParam() - 1, 0};
	while (!over_) {
		const unsigned seen = changes_;
		for (unsigned vain = 0; vain < looks_before_sleep; ++vain)
			while (take(shared, own, roll))
				vain = 0;
		if (myepoll_ring_state(&own) & MYEPOLL_RING_WAIT)
			take_from_list();
		else
			changes_.wait(seen);
	}
}

void RingTwin::check_after_pause()
{
	ASSERT_TRUE(soon([this] { return found_ == put_; })) << put_ - found_ << " tokens were lost";
	const auto is_free = [](const myepoll_ring_slot& slot) {
		return static_cast<u32>(READ_ONCE(slot.word)) == 0;
	};
	ASSERT_TRUE(soon([&] { return std::ranges::all_of(slots_, is_free); })) << "a slot is stuck";
	ASSERT_TRUE(soon([this] { return taken_ == tail_ - taken_back_; }))
		<< taken_ << " of " << tail_ - taken_back_ << " events were taken";
	ASSERT_EQ(stale_, 0U) << "events had been taken back";
	ASSERT_EQ(foreign_, 0U) << "events had the data of others";
}

void RingTwin::play(bool shared)
{
	storm weather;
	for (unsigned i = 0; i < consumers; ++i)
		weather.start([this, shared](dice roll) { consume(shared, roll); });
	dice rolls[] = {weather.next_dice(), weather.next_dice()};
	{
		team posters{weather, {[&] { meddle(rolls[0]); }}};
		while (weather.goes_on() && !HasFatalFailure()) {
			posters.together([&] { meddle(rolls[1]); });
			check_after_pause();
		}
	}
	over_ = true;
	tell();
	weather.join();
	EXPECT_GT(tail_, slots_.size());
	weather.note(std::to_string(put_) + " tokens, " + std::to_string(tail_) + " events, " +
		     std::to_string(merged_) + " merged, " + std::to_string(taken_back_) + " taken back, " +
		     std::to_string(refused_) + " refused");
}

INSTANTIATE_TEST_SUITE_P(, RingTwin, testing::Values(1, 4, 64),
			 [](const auto& slots) { return std::to_string(slots.param) + "_slots"; });

TEST_P(RingTwin, gives_each_event_to_one_of_those_who_share_a_head) { play(true); }

TEST_P(RingTwin, gives_each_event_to_one_of_those_who_have_a_head_each) { play(false); }

} // namespace
