// SPDX-License-Identifier: GPL-2.0-only
// Timers that expire in hard interrupts, on all CPUs, while threads harvest the set that watches
// them. In each round every timer expires once and some thread must read it; otherwise the test
// hangs until its timeout.
#include "support/storm.hpp"
#include "support/test.hpp"

#include <unistd.h>

using namespace support;

namespace {

constexpr unsigned waiters = 4;
constexpr std::size_t timers = 12;
constexpr std::uint64_t quit_data = timers;
constexpr unsigned longest_delay_ns = 300'000;

class TimerInterrupts : public semantics_test {
protected:
	void play(std::uint32_t mode)
	{
		mode_ = EPOLLIN | mode;
		for (std::size_t i = 0; i < timers; ++i)
			ASSERT_THAT(set_.add(timers_.emplace_back(make_timerfd()), mode_, i), succeeds());
		const unique_fd quit = make_eventfd();
		ASSERT_THAT(set_.add(quit, EPOLLIN, quit_data), succeeds());
		storm weather;
		for (unsigned i = 0; i < waiters; ++i)
			weather.start([this](dice roll) { wait_until_told_to_quit(roll); });
		dice roll = weather.next_dice();
		unsigned armed = 0;
		while (weather.goes_on()) {
			for (const unique_fd& timer : timers_)
				arm_timerfd(timer, std::chrono::nanoseconds{1 + roll.below(longest_delay_ns)});
			armed += timers;
			await([&] { return taken_ == armed; });
		}
		signal_eventfd(quit);
		weather.join();
		EXPECT_EQ(refused_, 0U) << "a watched timer was not found";
		weather.note(std::to_string(armed) + " interrupts");
	}
	void prepare() override { set_ = create(); }
	void TearDown() override { timers_.clear(); set_.close(); }

private:
	void wait_until_told_to_quit(dice roll)
	{
		for (;;)
			for (const event& e : set_.wait(for_ever, 1 + static_cast<int>(roll.below(6))).events) {
				if (e.data == quit_data)
					return;
				take(e.data);
			}
	}
	void take(std::size_t i)
	{
		std::uint64_t times = 0;
		// Several waiters may get the event of a level-triggered timer; only the first one reads it.
		if (read(timers_[i], &times, sizeof(times)) == sizeof(times))
			++taken_;
		if ((mode_ & EPOLLONESHOT) && set_.mod(timers_[i], mode_, i) < 0)
			++refused_;
	}

	event_set set_{backend::epoll, unique_fd{}};
	std::vector<unique_fd> timers_;
	std::uint32_t mode_ = 0;
	std::atomic<unsigned> taken_ = 0;
	std::atomic<unsigned> refused_ = 0;
};

SEMANTICS_INSTANCES(TimerInterrupts);

// behaviours: 53, 94, 147
TEST_P(TimerInterrupts, are_all_taken_in_level_triggered_mode) { play(0); }

// behaviours: 54, 94, 147
TEST_P(TimerInterrupts, are_all_taken_in_edge_triggered_mode) { play(EPOLLET); }

// behaviours: 57, 58, 147
TEST_P(TimerInterrupts, are_all_taken_in_oneshot_mode) { play(EPOLLONESHOT); }

} // namespace
