// SPDX-License-Identifier: GPL-2.0-only
// Signals that keep hitting waiters. There is exactly one run of the handler for each EINTR, and an
// event that an interrupted waiter does not take wakes another one.
#include "support/processor.hpp"
#include "support/signals.hpp"
#include "support/storm.hpp"
#include "support/team.hpp"
#include "support/test.hpp"

#include <sched.h>
#include <sys/syscall.h>

#include <optional>

using namespace support;

namespace {

SEMANTICS_SUITE(SignalStorm);

constexpr unsigned waiters = 4;
constexpr int storm_signal = SIGUSR1;
constexpr std::uint64_t quit_data = 1;

thread_local unsigned handled = 0;

struct scene {
	explicit scene(event_set set_) : set{std::move(set_)}
	{
		struct sigaction action {};
		action.sa_handler = [](int) { ++handled; };
		sigaction(storm_signal, &action, nullptr);
		block_signals({storm_signal});
		set.add(quit, EPOLLIN, quit_data);
	}
	// Keeps sending the signal to random waiters.
	void hit(const storm& weather, dice& roll) const
	{
		while (weather.goes_on())
			if (const pid_t tid = tids[roll.below(waiters)])
				syscall(SYS_tgkill, getpid(), tid, storm_signal);
	}

	event_set set;
	unique_fd quit = make_eventfd();
	std::array<std::atomic<pid_t>, waiters> tids{};
	std::atomic<unsigned> interrupted = 0;
	std::atomic<unsigned> wrong = 0; // unexpected results
};

//	The signal is blocked except in the wait, so the handler can run nowhere else.
//
// behaviours: 84, 85
TEST_P(SignalStorm, runs_a_handler_for_each_eintr_and_no_other)
{
	scene s{create()};
	storm weather;
	for (unsigned i = 0; i < waiters; ++i)
		weather.start([&s, i](dice) {
			s.tids[i] = gettid();
			const std::uint64_t none = 0;
			std::array<epoll_event, 2> events{};
			unsigned eintr = 0;
			for (;;) {
				const long result = s.set.pwait(events.data(), 2, -1, &none, sizeof(none));
				if (result == 1)
					break;
				if (result == -EINTR)
					++eintr;
				else
					++s.wrong;
			}
			s.tids[i] = 0;
			if (eintr != handled || !is_blocked(storm_signal))
				++s.wrong;
			s.interrupted += eintr;
		});
	dice roll = weather.next_dice();
	s.hit(weather, roll);
	signal_eventfd(s.quit);
	weather.join();
	EXPECT_EQ(s.wrong, 0U);
	EXPECT_GT(s.interrupted, 0U);
	weather.note(std::to_string(s.interrupted) + " interrupted waits");
}

cpu_set_t all_processors()
{
	cpu_set_t all;
	CPU_ZERO(&all);
	for (int i = 0; i < CPU_SETSIZE; ++i)
		CPU_SET(i, &all);
	return all;
}

// The thread runs only when this one sleeps: they share a CPU, and it may not preempt.
void keep_from_running(pid_t thread)
{
	const int here = checked(sched_getcpu(), "sched_getcpu");
	stay_on_processor(here);
	stay_on_processor(here, thread);
	const sched_param none{};
	sched_setscheduler(thread, SCHED_BATCH, &none);
}

//	The hasty sleeper is the next to be woken, and is interrupted at that moment. If it leaves
//	without the event, the patient one must be woken. In half of the rounds it does not run
//	before both have happened.
//
// behaviours: 83, 84, 99
TEST_P(SignalStorm, takes_no_event_away_with_an_interrupted_waiter)
{
	const event_set set = create();
	const unique_fd target = make_eventfd();
	ASSERT_THAT(set.add(target, EPOLLIN | EPOLLET), succeeds());
	storm weather;
	dice roll = weather.next_dice();
	const cpu_set_t everywhere = all_processors();
	std::optional<waiter> patient;
	std::optional<waiter> hasty;
	team race{weather, {[&] { hasty->interrupt(); }}};
	unsigned delivered = 0;
	unsigned interrupted = 0;
	while (weather.goes_on()) {
		if (!patient)
			patient.emplace(set);
		ASSERT_TRUE(patient->falls_asleep());
		hasty.emplace(set);
		ASSERT_TRUE(hasty->falls_asleep());
		if (roll.one_in(2))
			keep_from_running(hasty->tid());
		race.together([&] { signal_eventfd(target); });
		sched_setaffinity(0, sizeof(everywhere), &everywhere);
		if (hasty->result().result == 1) {
			++delivered;
		} else {
			++interrupted;
			ASSERT_FALSE(patient->still_asleep());
			ASSERT_THAT(patient->result(), delivers({{EPOLLIN, target}}));
			patient.reset();
		}
		take_eventfd(target);
	}
	weather.note(std::to_string(delivered) + " delivered, " + std::to_string(interrupted) +
		     " interrupted");
}

} // namespace
