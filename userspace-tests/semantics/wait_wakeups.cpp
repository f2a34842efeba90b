// SPDX-License-Identifier: GPL-2.0-only
// Which sleepers an event wakes up, and that no wakeup is lost.
#include "support/processor.hpp"
#include "support/test.hpp"

#include <poll.h>
#include <sched.h>

#include <array>
#include <memory>

using namespace support;

namespace {

SEMANTICS_SUITE(WaitWakeups);

// behaviours: 90
TEST_P(WaitWakeups, the_last_to_fall_asleep_is_the_first_to_wake)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	waiter_crowd sleepers{set, 4};
	ASSERT_TRUE(sleepers.all_asleep());
	for (int last = 3; last >= 0; --last) {
		signal_eventfd(counter);
		EXPECT_THAT(sleepers[static_cast<std::size_t>(last)].result(), returns(1));
		EXPECT_EQ(sleepers.count_asleep(), last);
	}
}

// Keeps all other threads of this process from running.
class undisturbed {
public:
	undisturbed() { stay_on_processor(0); }
	static bool begin() { return set_policy(SCHED_FIFO, 1); }
	static void end() { set_policy(SCHED_OTHER, 0); }

private:
	static bool set_policy(int policy, int priority)
	{
		const sched_param parameter{priority};
		return sched_setscheduler(0, policy, &parameter) == 0;
	}
};

// behaviours: 91
TEST_P(WaitWakeups, a_second_wake_of_a_queued_item_wakes_a_sleeper_who_finds_nothing)
{
	const undisturbed only_one_runs;
	if (!undisturbed::begin())
		GTEST_SKIP() << "needs permission to use a real-time priority";
	undisturbed::end();
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	waiter_crowd sleepers{set, 2}; // on the same CPU as this thread
	ASSERT_TRUE(sleepers.all_asleep());

	undisturbed::begin();
	signal_eventfd(counter);
	signal_eventfd(counter);
	undisturbed::end();

	sleepers.await_returned(1);
	await([&] { return sleepers.count_returned() + sleepers.count_asleep() == 2; });
	EXPECT_EQ(sleepers.count_returned(), 1);
}

// behaviours: 97
TEST_P(WaitWakeups, a_sleeper_woken_at_its_deadline_does_not_swallow_the_event)
{
	may_take(60s);
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	for (int round = 0; round < 200; ++round) {
		waiter patient{set};
		ASSERT_TRUE(patient.falls_asleep());
		// The last to fall asleep, so it gets the wakeup if that comes in time.
		const auto deadline = std::chrono::steady_clock::now() + 2ms;
		waiter hasty{set, 2ms};
		while (std::chrono::steady_clock::now() < deadline + round * 1us)
			continue;
		signal_eventfd(counter);

		// If the hasty one timed out with the wakeup, the patient one would sleep for ever.
		if (hasty.result().result == 1)
			patient.interrupt();
		else
			ASSERT_THAT(patient.result(), delivers({{EPOLLIN, counter}}));
	}
}

// behaviours: 98, 99
TEST_P(WaitWakeups, every_event_finds_a_sleeper_however_they_race_to_sleep)
{
	may_take(60s);
	constexpr std::size_t count = 10;
	constexpr long rounds = 300;
	const event_set set = create();
	std::array<unique_fd, count> counters;
	for (std::size_t i = 0; i < count; ++i) {
		counters[i] = make_eventfd();
		ASSERT_THAT(set.add(counters[i], EPOLLIN | EPOLLET, i), succeeds());
	}
	std::atomic<long> received = 0;
	std::vector<std::unique_ptr<helper_thread>> waiters;
	for (std::size_t i = 0; i < count; ++i)
		waiters.push_back(std::make_unique<helper_thread>([&] {
			for (long round = 0; round < rounds; ++round) {
				const delivery got = set.wait(for_ever, 1);
				ASSERT_THAT(got, returns(1));
				take_eventfd(counters[got.events.front().data]);
				++received;
			}
		}));

	for (long round = 1; round <= rounds; ++round) {
		for (const unique_fd& counter : counters)
			signal_eventfd(counter);
		await([&] { return received >= round * static_cast<long>(count); });
	}
	for (const auto& thread : waiters)
		thread->join();
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 147, 148
TEST_P(WaitWakeups, an_event_that_meets_a_scan_is_not_lost)
{
	may_take(60s);
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	// poll() on the instance scans the ready list and consumes nothing.
	const repeating_thread scanner{[&] {
		pollfd instance{set.fd(), POLLIN, 0};
		poll(&instance, 1, 0);
	}};
	for (int round = 0; round < 10'000; ++round) {
		signal_eventfd(counter);
		ASSERT_THAT(set.wait(5s), delivers({{EPOLLIN, counter}})) << "round " << round;
	}
}

// behaviours: 95
TEST_P(WaitWakeups, a_wait_that_does_not_sleep_always_sees_a_ready_level)
{
	may_take(60s);
	if (!on_myepoll() && running_kernel() < kernel_version{6, 12})
		GTEST_SKIP() << "epoll in this kernel sometimes misses a level-triggered target that is ready";
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	const unique_fd other = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(set.add(other, EPOLLIN), succeeds());
	std::atomic<long> missed = 0;
	const auto look = [&] {
		epoll_event event{};
		for (int round = 0; round < 50'000; ++round)
			if (set.wait(&event, 1, 0) != 1)
				++missed;
	};
	{
		helper_thread first{look};
		helper_thread second{look};
		helper_thread third{look};
		first.join();
		second.join();
		third.join();
	}
	EXPECT_EQ(missed, 0);
}

} // namespace
