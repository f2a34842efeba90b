// SPDX-License-Identifier: GPL-2.0-only
// Each event that is posted wakes a sleeper: at the moment when that goes to sleep, beside others that are to die, and
// on an instance that gets its ring just then.
#include "support/mapped_ring.hpp"
#include "support/processor.hpp"
#include "support/ring_taker.hpp"
#include "support/ring_waiter.hpp"
#include "support/storm.hpp"
#include "support/team.hpp"
#include "support/test.hpp"

#include <sched.h>

#include <atomic>
#include <csignal>

using namespace support;

namespace {

constexpr std::uint32_t edge = EPOLLIN | EPOLLET;
// Much longer than a wait that is woken takes.
constexpr auto too_long = 5s;
// From the call that arms a timer into the wait, on an emulated CPU.
constexpr unsigned longest_way_ns = 100'000;

class RingWakeups : public device_test {};

// The timer interrupts the way to sleep at any point.
TEST_F(RingWakeups, come_however_a_post_meets_the_way_to_sleep)
{
	const event_set set = create();
	mapped_ring ring{set, 4};
	const unique_fd timer = make_timerfd();
	ASSERT_THAT(ring.add(timer, edge), succeeds());
	storm weather;
	dice roll = weather.next_dice();
	unsigned rounds = 0;
	for (; weather.goes_on(); ++rounds) {
		const auto start = std::chrono::steady_clock::now();
		arm_timerfd(timer, std::chrono::nanoseconds{1 + roll.below(longest_way_ns)});
		ring.wait(too_long, static_cast<int>(rounds % 2));
		ASSERT_LT(std::chrono::steady_clock::now() - start, too_long) << "round " << rounds;
		ASSERT_THAT(ring.take(), delivers({{EPOLLIN, timer}})) << "round " << rounds;
	}
	EXPECT_EQ(ring.counts().posted, rounds);
	weather.note(std::to_string(rounds) + " rounds");
}

// behaviours: 91, 98, 99
TEST_F(RingWakeups, of_ten_posts_at_once_reach_ten_sleepers)
{
	constexpr std::size_t crowd = 10;
	const event_set set = create();
	const mapped_ring ring{set, 16};
	__u32 head = 0;
	std::vector<unique_fd> counters;
	for (std::size_t i = 0; i < crowd; ++i) {
		counters.push_back(make_eventfd());
		ASSERT_THAT(ring.add(counters.back(), edge, i), succeeds());
	}
	const unique_fd quit = make_eventfd();
	ASSERT_THAT(ring.add(quit, EPOLLIN, crowd), succeeds());
	std::atomic<unsigned> taken = 0;
	storm weather;
	for (std::size_t i = 0; i < crowd; ++i)
		weather.start([&](dice) {
			ring_taker consumer{ring, &head};
			for (;;) {
				// One at a time: the others are for the other sleepers.
				if (const auto one = consumer.take()) {
					take_eventfd(counters[one->data]);
					++taken;
				} else if (wait_on_ring(set.fd(), consumer.seen(), for_ever, 1).result == 1) {
					return;
				}
			}
		});
	team writers{weather, {[&] {
		for (std::size_t i = 1; i < crowd; i += 2)
			signal_eventfd(counters[i]);
	}}};
	unsigned put = 0;
	while (weather.goes_on()) {
		writers.together([&] {
			for (std::size_t i = 0; i < crowd; i += 2)
				signal_eventfd(counters[i]);
		});
		put += crowd;
		await([&] { return taken == put; });
	}
	signal_eventfd(quit);
	weather.join();
	EXPECT_EQ(ring.counts().posted, put);
	weather.note(std::to_string(put) + " events");
}

// While it lives, no other thread runs on this CPU unless it has the same right.
class undisturbed {
public:
	undisturbed() { set(SCHED_FIFO, 1); }
	undisturbed(const undisturbed&) = delete;
	undisturbed& operator=(const undisturbed&) = delete;
	~undisturbed() { set(SCHED_OTHER, 0); }

private:
	static void set(int policy, int priority)
	{
		const sched_param wanted{.sched_priority = priority};
		checked(sched_setscheduler(0, policy, &wanted), "sched_setscheduler");
	}
};

//	The victim fell asleep last, so the event wakes it. Before it can run, it is killed: the survivor must be
//	woken.
//
// behaviours: 89
TEST_F(RingWakeups, of_a_sleeper_that_is_killed_are_passed_to_a_survivor)
{
	if (geteuid() != 0)
		GTEST_SKIP() << "needs root to keep a CPU";
	stay_on_processor(0);
	const event_set set = create();
	mapped_ring ring{set, 4};
	const unique_fd target = make_eventfd();
	ASSERT_THAT(ring.add(target, edge), succeeds());
	storm weather;
	unsigned rounds = 0;
	unsigned stranded = 0;
	for (; weather.goes_on(); ++rounds) {
		const int room = static_cast<int>(rounds % 2);
		ring_waiter survivor{ring, for_ever, room};
		ASSERT_TRUE(survivor.falls_asleep());
		child_process victim{[&] { wait_on_ring(set.fd(), ring.head(), for_ever, room); }};
		await([&] { return asleep_in_wait(inspect_thread(victim.pid(), victim.pid()), set.fd()); });
		{
			const undisturbed alone;
			signal_eventfd(target);
			victim.kill(SIGKILL);
		}
		victim.join();
		// Whoever was to be woken has been woken by now.
		if (survivor.still_asleep())
			++stranded;
		survivor.interrupt();
		survivor.result();
		ASSERT_THAT(ring.take(), delivers({{EPOLLIN, target}}));
	}
	weather.note(std::to_string(rounds) + " rounds");
	EXPECT_EQ(stranded, 0U) << "of " << rounds << " survivors slept on although there was an event";
}

//	RING and a WAIT that knows nothing of it begin at once: either there is no ring, or the WAIT does not sleep.
TEST_F(RingWakeups, are_not_taken_by_a_wait_that_began_before_the_ring)
{
	const unique_fd counter = make_eventfd(1);
	event_set set{backend::epoll, unique_fd{}};
	storm weather;
	long made = 0;
	std::atomic<std::chrono::nanoseconds> ring_takes{1ms};
	team race{weather, {[&] {
		const auto start = std::chrono::steady_clock::now();
		made = make_ring(set.fd(), 4);
		ring_takes = std::chrono::steady_clock::now() - start;
		if (made == -EBUSY)
			set.add(counter, EPOLLIN); // ends the wait
	}}};
	dice roll = weather.next_dice();
	unsigned rounds = 0;
	unsigned busy = 0;
	for (; weather.goes_on(); ++rounds) {
		set = create();
		delivery got;
		const auto start = std::chrono::steady_clock::now();
		race.together([&] {
			// RING ends with what the wait must notice.
			const auto until = std::chrono::steady_clock::now() +
					   ring_takes.load() * roll.below(150) / 100;
			while (std::chrono::steady_clock::now() < until)
				continue;
			got = set.wait(too_long, 1);
		});
		ASSERT_LT(std::chrono::steady_clock::now() - start, too_long) << "round " << rounds;
		if (made == -EBUSY) {
			ASSERT_THAT(got, delivers({{EPOLLIN, counter}}));
			++busy;
			continue;
		}
		const unique_fd ring{static_cast<int>(made)};
		ASSERT_GE(ring, 0) << made;
		ASSERT_TRUE(got.result == -EINVAL || got.result == 0) << got;
	}
	weather.note(std::to_string(rounds) + " rounds, " + std::to_string(busy) + " of them busy");
}

} // namespace
