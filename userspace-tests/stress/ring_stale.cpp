// SPDX-License-Identifier: GPL-2.0-only
// What is taken from a ring after DEL, MOD or close() has returned is not older. The data of an event is a generation,
// and the first one that is still good is published before the consumer looks.
//
// MYEPOLL_STRESS_TRIES=10000000 makes at least so many tries, however long that takes.
#include "support/mapped_ring.hpp"
#include "support/ring_taker.hpp"
#include "support/storm.hpp"
#include "support/team.hpp"
#include "support/test.hpp"

#include <csignal>
#include <cstdlib>

using namespace support;

namespace {

constexpr std::uint32_t edge = EPOLLIN | EPOLLET;
constexpr __u32 slots = 8;
constexpr std::uint64_t tries_a_second = 1000; // even under KASAN

std::uint64_t least_tries()
{
	const char* const given = std::getenv("MYEPOLL_STRESS_TRIES");
	return given != nullptr ? std::strtoull(given, nullptr, 0) : 0;
}

class RingStale : public device_test {
protected:
	// Each step is a try; a consumer takes meanwhile, and another thread does something over and over.
	void play(const std::function<void(dice&)>& step, const std::function<void()>& meanwhile = {});

	const event_set& set() const { return set_; }
	mapped_ring& ring() { return *ring_; }
	std::uint64_t generation() const { return generation_; }
	// Now and then: else, where CPUs are rare, no other consumer might ever be in time.
	void perhaps_take(dice& roll)
	{
		if (roll.one_in(16))
			look_at_next(*own_);
	}
	// All before the next generation are over.
	void end_generation() { first_good_ = ++generation_; }

private:
	void prepare() override
	{
		set_ = create();
		ring_.emplace(set_, slots);
		own_.emplace(*ring_, &shared_head_);
	}
	void TearDown() override
	{
		ring_.reset();
		set_.close();
	}
	// False if there is none.
	bool look_at_next(ring_taker& consumer);

	event_set set_{backend::epoll, unique_fd{}};
	std::optional<mapped_ring> ring_;
	__u32 shared_head_ = 0;
	std::optional<ring_taker> own_;
	std::uint64_t generation_ = 0;
	std::atomic<std::uint64_t> first_good_ = 0;
	std::atomic<unsigned> stale_ = 0;
	std::atomic<unsigned> fresh_ = 0;
};

bool RingStale::look_at_next(ring_taker& consumer)
{
	const std::uint64_t oldest = first_good_;
	const auto one = consumer.take();
	if (one)
		++(one->data < oldest ? stale_ : fresh_);
	return one.has_value();
}

void RingStale::play(const std::function<void(dice&)>& step, const std::function<void()>& meanwhile)
{
	const std::uint64_t tries = least_tries();
	storm weather;
	// Instead of what the storm allows.
	if (tries > 0)
		may_take(std::chrono::seconds{40 + tries / tries_a_second});
	std::atomic<bool> over = false;
	weather.start([&](dice) {
		ring_taker consumer{*ring_, &shared_head_};
		while (!over)
			look_at_next(consumer);
	});
	std::optional<repeating_thread> other;
	if (meanwhile)
		other.emplace(meanwhile);
	dice roll = weather.next_dice();
	while (weather.goes_on() || generation_ < tries) {
		step(roll);
		// What was taken back must not fill the ring.
		look_at_next(*own_);
	}
	over = true;
	other.reset();
	weather.join();
	while (look_at_next(*own_))
		continue;
	const ring_counts counts = ring_->counts();
	EXPECT_EQ(stale_, 0U);
	EXPECT_EQ(counts.posted, fresh_ + stale_ + counts.taken_back);
	// A consumer that sleeps with an event in its hands keeps no slot.
	EXPECT_EQ(counts.refused, 0U);
	EXPECT_GT(counts.taken_back, 0U);
	EXPECT_GT(fresh_, 0U);
	weather.note(std::to_string(generation_) + " tries, " + std::to_string(fresh_) + " fresh events; " +
		     testing::PrintToString(counts));
}

// behaviours: 36, 37
TEST_F(RingStale, events_are_not_taken_after_del)
{
	const unique_fd target = make_eventfd();
	play([&](dice& roll) {
		ASSERT_THAT(ring().add(target, edge, generation()), succeeds());
		for (unsigned edges = roll.below(3); edges > 0; --edges)
			signal_eventfd(target);
		perhaps_take(roll);
		ASSERT_THAT(set().del(target), succeeds());
		end_generation();
	});
}

// behaviours: 31, 36
TEST_F(RingStale, events_are_not_taken_after_del_while_another_thread_writes)
{
	const pipe_ends pipe = make_pipe();
	fill(pipe.writer);
	const auto write_and_read = [&] {
		char byte = 'x';
		(void)!write(pipe.writer, &byte, 1);
		(void)!read(pipe.reader, &byte, 1);
	};
	play(
		[&](dice& roll) {
			ASSERT_THAT(ring().add(pipe.reader, edge, generation()), succeeds());
			perhaps_take(roll);
			ASSERT_THAT(set().del(pipe.reader), succeeds());
			end_generation();
		},
		write_and_read);
}

// behaviours: 31
TEST_F(RingStale, data_are_not_taken_after_mod)
{
	const unique_fd target = make_eventfd(1);
	ASSERT_THAT(ring().add(target, edge, 0), succeeds());
	play([&](dice& roll) {
		if (roll.one_in(2))
			signal_eventfd(target);
		ASSERT_THAT(ring().mod(target, edge, generation() + 1), succeeds());
		end_generation();
		if (generation() % 64 == 0)
			take_eventfd(target);
		if (roll.one_in(8)) {
			ASSERT_THAT(set().del(target), succeeds());
			end_generation();
			ASSERT_THAT(ring().add(target, EPOLLET, generation()), succeeds());
		}
	});
}

// behaviours: 31
TEST_F(RingStale, data_are_not_taken_after_mod_while_another_thread_writes)
{
	const unique_fd target = make_eventfd();
	ASSERT_THAT(ring().add(target, edge, 0), succeeds());
	play(
		[&](dice& roll) {
			if (roll.one_in(4))
				signal_eventfd(target);
			ASSERT_THAT(ring().mod(target, roll.one_in(8) ? EPOLLET : edge, generation() + 1), succeeds());
			end_generation();
		},
		[&] { signal_eventfd(target); });
}

// behaviours: 121, 122
TEST_F(RingStale, events_are_not_taken_after_the_close_of_their_target)
{
	const int number = make_eventfd();
	play([&](dice& roll) {
		unique_fd target = make_eventfd(roll.below(2));
		ASSERT_EQ(target, number);
		ASSERT_THAT(ring().add(target, edge, generation()), succeeds());
		if (roll.one_in(2))
			signal_eventfd(target);
		perhaps_take(roll);
		target.close();
		end_generation();
	});
}

//	The writer's end is written to while the reader's end is closed.
//
// behaviours: 121, 122
TEST_F(RingStale, events_are_not_taken_after_the_close_of_a_target_that_is_written_to)
{
	std::signal(SIGPIPE, SIG_IGN);
	pipe_ends pipe;
	storm weather;
	team race{weather, {[&] { (void)!write(pipe.writer, "x", 1); }}};
	ring_taker consumer{ring()};
	std::uint64_t tries = 0;
	for (; weather.goes_on() || tries < least_tries(); ++tries) {
		pipe = make_pipe();
		ASSERT_THAT(ring().add(pipe.reader, edge, tries), succeeds());
		race.together([&] { pipe.reader.close(); });
		ASSERT_FALSE(consumer.take().has_value()) << "try " << tries;
		ASSERT_EQ(write(pipe.writer, "x", 1), -1) << "try " << tries;
	}
	const ring_counts counts = ring().counts();
	EXPECT_EQ(counts.posted, counts.taken_back);
	EXPECT_GT(counts.posted, 0U);
	weather.note(std::to_string(tries) + " tries; " + testing::PrintToString(counts));
}

} // namespace
