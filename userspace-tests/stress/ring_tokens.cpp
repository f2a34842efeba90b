// SPDX-License-Identifier: GPL-2.0-only
// Writers put tokens into channels; consumers of a ring take them out when the ring, or a WAIT, reports them. Whenever
// the writers pause, the consumers must find all tokens; otherwise the test hangs until its timeout. Each event that
// was posted must have been taken, or taken back, once: what the ready list delivers would hide a ring that is stuck.
#include "support/channel.hpp"
#include "support/mapped_ring.hpp"
#include "support/ring_taker.hpp"
#include "support/storm.hpp"
#include "support/team.hpp"
#include "support/test.hpp"

#include <sched.h>
#include <sys/mman.h>

#include <poll.h>

using namespace support;

namespace {

constexpr std::size_t channels = 8;
constexpr std::uint64_t quit_data = channels;
constexpr std::uint64_t noise_data = channels + 1;
constexpr __u32 enough_slots = 64; // an item has one event at a time
constexpr unsigned most_before_a_wait = 256;

enum class heads { own, shared };
enum class idle {
	sleeps, // in a WAIT with MYEPOLL_WAIT_RING
	looks,  // again and again, and calls WAIT only if the header says so
};

struct game {
	unsigned consumers = 4;
	heads head = heads::shared;
	idle when_idle = idle::sleeps;
	__u32 slots = enough_slots;
	std::uint32_t mode = EPOLLET;
	unsigned stopped = 0; // of the consumers: those that stop for ever
};

class RingTokens : public device_test {
protected:
	// Plays until the time is up; meddle runs at the same time.
	void play(const game& rules, const std::function<void(dice&)>& meddle = {});

	const event_set& set() const { return set_; }
	const mapped_ring& ring() const { return *ring_; }
	const channel& some_channel(dice& roll) const { return channels_[roll.below(channels)]; }
	std::uint32_t mode() const { return mode_; }
	std::uint64_t data_of(const channel& c) const { return static_cast<std::uint64_t>(&c - channels_.data()); }

private:
	void prepare() override
	{
		set_ = create();
		for (std::size_t i = 0; i < channels; ++i)
			channels_.emplace_back(all_channel_kinds[i % all_channel_kinds.size()]);
	}
	void TearDown() override
	{
		channels_.clear();
		ring_.reset();
		set_.close();
	}

	void write_burst(dice& roll);
	void consume(ring_taker consumer, idle when_idle, dice roll);
	bool is_told_to_quit(const delivery& got, dice& roll);
	void serve(std::uint64_t data, dice& roll);
	void expect_that_the_ring_is_in_order(bool had_enough_slots);

	event_set set_{backend::epoll, unique_fd{}};
	std::optional<mapped_ring> ring_;
	__u32 shared_head_ = 0;
	std::vector<channel> channels_;
	std::uint32_t mode_ = 0;
	std::array<std::atomic<int>, channels> owners_{};
	std::atomic<unsigned> shared_ = 0; // times that a oneshot channel had two owners
	std::atomic<unsigned> refused_ = 0; // MODs that failed
	std::atomic<unsigned> put_ = 0;
	std::atomic<unsigned> taken_ = 0;
	std::atomic<std::uint64_t> by_ring_ = 0;
	std::atomic<std::uint64_t> by_wait_ = 0;
};

void RingTokens::write_burst(dice& roll)
{
	// Mostly short ones, because only what is lost at the end of a burst stays lost.
	for (unsigned i = roll.below(1U << roll.below(7)); i > 0; --i) {
		const unsigned tokens = 1 + roll.below(9);
		put_ += tokens;
		some_channel(roll).put(tokens);
	}
}

void RingTokens::serve(std::uint64_t data, dice& roll)
{
	if (data >= channels)
		return;
	const channel& c = channels_[data];
	if ((mode_ & EPOLLONESHOT) == 0) {
		taken_ += c.take_all();
		return;
	}
	if (owners_[data]++ > 0)
		++shared_;
	taken_ += c.take(1 + roll.below(8));
	--owners_[data];
	if (ring_->mod(c.target(), mode_, data) < 0)
		++refused_;
}

bool RingTokens::is_told_to_quit(const delivery& got, dice& roll)
{
	bool quits = false;
	for (const event& e : got.events) {
		quits |= e.data == quit_data;
		by_wait_ += e.data < channels;
		serve(e.data, roll);
	}
	return quits;
}

void RingTokens::consume(ring_taker consumer, idle when_idle, dice roll)
{
	for (bool quits = false; !quits;) {
		unsigned in_a_row = 0;
		while (in_a_row++ < most_before_a_wait) {
			const auto one = consumer.take();
			if (!one)
				break;
			serve(one->data, roll);
		}
		const int room = 1 + static_cast<int>(roll.below(4));
		if (when_idle == idle::sleeps)
			quits = is_told_to_quit(wait_on_ring(set_.fd(), consumer.seen(), for_ever, room), roll);
		else if (ring_->state() & MYEPOLL_RING_WAIT)
			quits = is_told_to_quit(set_.wait(0ms, room), roll);
		else
			sched_yield();
	}
	by_ring_ += consumer.count();
}

void RingTokens::expect_that_the_ring_is_in_order(bool had_enough_slots)
{
	EXPECT_GT(by_ring_, 0U);
	if (had_enough_slots) {
		EXPECT_EQ(ring_->counts().refused, 0U);
	}
	// Nobody takes any more. What is left was posted after the last token was gone.
	ring_taker rest{*ring_};
	while (rest.take())
		continue;
	const ring_counts before = ring_->counts();
	EXPECT_EQ(before.posted, by_ring_ + rest.count() + before.taken_back);
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(ring_->add(counter, EPOLLIN | EPOLLET), succeeds());
	for (__u32 i = 0; i <= ring_->slots(); ++i) {
		signal_eventfd(counter);
		ASSERT_EQ(ring_->counts().posted, before.posted + 1 + i) << "the ring is stuck";
		ASSERT_TRUE(rest.take().has_value());
	}
}

void RingTokens::play(const game& rules, const std::function<void(dice&)>& meddle)
{
	ring_.emplace(set_, rules.slots);
	mode_ = EPOLLIN | rules.mode;
	for (const channel& c : channels_)
		ASSERT_THAT(ring_->add(c.target(), mode_, data_of(c)), succeeds());
	const unique_fd quit = make_eventfd();
	ASSERT_THAT(set_.add(quit, EPOLLIN, quit_data), succeeds());

	storm weather;
	const auto head = rules.head == heads::shared ? &shared_head_ : nullptr;
	for (unsigned i = rules.stopped; i < rules.consumers; ++i)
		weather.start([this, head, &rules](dice roll) { consume(ring_taker{*ring_, head}, rules.when_idle, roll); });
	dice rolls[] = {weather.next_dice(), weather.next_dice(), weather.next_dice()};
	std::atomic<bool> over = false;
	if (meddle)
		weather.start([&](dice roll) {
			while (!over)
				meddle(roll);
		});
	{
		team writers{weather, {[&] { write_burst(rolls[0]); }, [&] { write_burst(rolls[1]); }}};
		while (weather.goes_on()) {
			writers.together([&] { write_burst(rolls[2]); });
			await([this] { return taken_ == put_; });
		}
	}
	over = true;
	signal_eventfd(quit);
	weather.join();
	EXPECT_EQ(shared_, 0U) << "a oneshot event was given to two consumers";
	EXPECT_EQ(refused_, 0U) << "a watched channel was not found";
	weather.note(std::to_string(taken_) + " tokens, events: " + std::to_string(by_ring_) + " by ring, " +
		     std::to_string(by_wait_) + " by WAIT; " + testing::PrintToString(ring_->counts()));
	expect_that_the_ring_is_in_order(rules.slots == enough_slots && !meddle);
}

// behaviours: 54, 91, 100
TEST_F(RingTokens, are_all_taken_by_one_consumer) { play({.consumers = 1, .head = heads::own}); }

TEST_F(RingTokens, are_all_taken_by_consumers_that_share_a_head) { play({}); }

TEST_F(RingTokens, are_all_taken_by_consumers_that_have_each_a_head) { play({.head = heads::own}); }

TEST_F(RingTokens, are_all_taken_by_consumers_that_never_sleep) { play({.consumers = 2, .when_idle = idle::looks}); }

TEST_F(RingTokens, are_all_taken_where_most_find_no_slot) { play({.slots = 1}); }

TEST_F(RingTokens, are_all_taken_where_some_find_no_slot) { play({.head = heads::own, .slots = 4}); }

// Only the header tells them of what found no slot.
TEST_F(RingTokens, are_all_taken_by_a_header_where_some_find_no_slot)
{
	play({.consumers = 2, .when_idle = idle::looks, .slots = 2});
}

TEST_F(RingTokens, are_all_taken_although_some_consumers_stop_for_ever) { play({.head = heads::own, .stopped = 3}); }

// behaviours: 57, 58, 60
TEST_F(RingTokens, are_all_taken_by_one_owner_at_a_time_in_oneshot_mode) { play({.mode = EPOLLET | EPOLLONESHOT}); }

// behaviours: 57, 58, 60
TEST_F(RingTokens, are_all_taken_by_one_owner_at_a_time_where_oneshots_find_no_slot)
{
	play({.head = heads::own, .slots = 2, .mode = EPOLLET | EPOLLONESHOT});
}

// behaviours: 32, 34, 37
TEST_F(RingTokens, are_all_taken_while_others_mod_and_remove_and_add_the_channels)
{
	play({}, [this](dice& roll) {
		const channel& c = some_channel(roll);
		switch (roll.below(3)) {
		case 0:
			EXPECT_THAT(ring().mod(c.target(), mode(), data_of(c)), succeeds());
			return;
		case 1: // to the ready list, until the next MOD
			EXPECT_THAT(set().mod(c.target(), mode(), data_of(c)), succeeds());
			return;
		default:
			EXPECT_THAT(set().del(c.target()), succeeds());
			EXPECT_THAT(ring().add(c.target(), mode(), data_of(c)), succeeds());
		}
	});
}

// behaviours: 121, 131
TEST_F(RingTokens, are_all_taken_while_others_come_and_go)
{
	play({.head = heads::own}, [this](dice& roll) {
		const channel noise{roll.one_of(all_channel_kinds)};
		EXPECT_THAT(ring().add(noise.target(), EPOLLIN | EPOLLET, noise_data), succeeds());
		if (roll.one_in(2))
			noise.put(1);
	});
}

// behaviours: 56, 116, 135
TEST_F(RingTokens, are_all_taken_while_others_poll_the_set_and_map_the_ring)
{
	play({}, [this](dice& roll) {
		pollfd readable{set().fd(), POLLIN, 0};
		poll(&readable, 1, 0);
		const mapped_ring another{set(), duplicate(ring().fd())};
		EXPECT_EQ(another.header().slots, enough_slots);
		const mapped_ring& dropped = roll.one_in(2) ? another : ring();
		madvise(&dropped.slot(0), bytes_of_slots(enough_slots), MADV_DONTNEED);
		madvise(const_cast<myepoll_ring_header*>(&dropped.header()), page_size(), MADV_DONTNEED);
	});
}

} // namespace
