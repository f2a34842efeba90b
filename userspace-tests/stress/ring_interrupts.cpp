// SPDX-License-Identifier: GPL-2.0-only
// Timers that expire in hard interrupts, on all CPUs, and datagrams that arrive in softirqs, while consumers take from
// the ring. In each round every target has one edge and some consumer must find it; otherwise the test hangs until its
// timeout.
#include "support/mapped_ring.hpp"
#include "support/ring_taker.hpp"
#include "support/storm.hpp"
#include "support/test.hpp"

#include <unistd.h>

using namespace support;

namespace {

constexpr std::size_t targets = 12;
constexpr std::uint64_t quit_data = targets;
constexpr __u32 slots = 16;
constexpr unsigned longest_delay_ns = 300'000;

class RingInterrupts : public device_test {
protected:
	void play(unsigned consumers, std::uint32_t mode, bool share)
	{
		mode_ = EPOLLIN | EPOLLET | mode;
		for (std::size_t i = 0; i < targets; ++i) {
			if (i % 3 != 0) {
				targets_.push_back(make_timerfd());
			} else {
				datagrams_.push_back(make_udp_pair());
				targets_.push_back(duplicate(datagrams_.back().ours));
			}
			ASSERT_THAT(ring_->add(targets_[i], mode_, i), succeeds());
		}
		const unique_fd quit = make_eventfd();
		ASSERT_THAT(set_.add(quit, EPOLLIN, quit_data), succeeds());
		storm weather;
		for (unsigned i = 0; i < consumers; ++i)
			weather.start([this, share](dice) { consume(ring_taker{*ring_, share ? &shared_head_ : nullptr}); });
		dice roll = weather.next_dice();
		unsigned caused = 0;
		while (weather.goes_on()) {
			for (std::size_t i = 0; i < targets; ++i)
				cause(i, roll);
			caused += targets;
			await([&] { return taken_ == caused; });
		}
		signal_eventfd(quit);
		weather.join();
		const ring_counts counts = ring_->counts();
		EXPECT_EQ(refused_, 0U) << "a watched target was not found";
		EXPECT_EQ(counts.refused, 0U) << "although there were enough slots";
		EXPECT_GE(counts.posted + counts.merged, caused);
		weather.note(std::to_string(caused) + " interrupts; " + testing::PrintToString(counts));
	}
	void prepare() override
	{
		set_ = create();
		ring_.emplace(set_, slots);
	}
	void TearDown() override
	{
		ring_.reset();
		set_.close();
		targets_.clear();
		datagrams_.clear();
	}

private:
	void cause(std::size_t i, dice& roll)
	{
		if (i % 3 != 0)
			arm_timerfd(targets_[i], std::chrono::nanoseconds{1 + roll.below(longest_delay_ns)});
		else
			write_bytes(datagrams_[i / 3].peer, 8);
	}
	void consume(ring_taker consumer)
	{
		for (;;) {
			while (const auto one = consumer.take())
				take(one->data);
			for (const event& e : wait_on_ring(set_.fd(), consumer.seen(), for_ever, 2).events)
				if (e.data == quit_data)
					return;
		}
	}
	void take(std::size_t i)
	{
		std::uint64_t word = 0;
		// A MOD may have posted what another consumer is just reading.
		if (read(targets_[i], &word, sizeof(word)) == sizeof(word))
			++taken_;
		if ((mode_ & EPOLLONESHOT) && ring_->mod(targets_[i], mode_, i) < 0)
			++refused_;
	}

	event_set set_{backend::epoll, unique_fd{}};
	std::optional<mapped_ring> ring_;
	__u32 shared_head_ = 0;
	std::vector<socket_ends> datagrams_;
	std::vector<unique_fd> targets_;
	std::uint32_t mode_ = 0;
	std::atomic<unsigned> taken_ = 0;
	std::atomic<unsigned> refused_ = 0;
};

// behaviours: 54, 94, 147
TEST_F(RingInterrupts, are_all_taken_by_one_consumer) { play(1, 0, false); }

// behaviours: 54, 94, 147
TEST_F(RingInterrupts, are_all_taken_by_several_consumers) { play(4, 0, true); }

// behaviours: 57, 58, 147
TEST_F(RingInterrupts, are_all_taken_in_oneshot_mode) { play(3, EPOLLONESHOT, false); }

} // namespace
