// SPDX-License-Identifier: GPL-2.0-only
// Signals that keep hitting waiters. Each EINTR stands for exactly one run of the handler, and
// what a signal takes a waiter away from, another one gets.
#include "support/signals.hpp"
#include "support/storm.hpp"
#include "support/test.hpp"

#include <sys/syscall.h>

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
	// Sends the signal to some waiter, again and again.
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
	std::atomic<unsigned> wrong = 0; // other results than there should be
};

//	The signal is blocked but in the wait, so the handler can run nowhere else.
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

//	A waiter that was interrupted stays away until the next event: if it was to be woken for
//	this one, another waiter has to get it.
//
// behaviours: 60, 62, 84, 99
TEST_P(SignalStorm, takes_no_event_away_with_an_interrupted_waiter)
{
	scene s{create()};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(s.set.add(counter, EPOLLIN | EPOLLET, 0), succeeds());
	std::atomic<unsigned> put = 0;
	std::atomic<unsigned> taken = 0;
	storm weather;
	for (unsigned i = 0; i < waiters; ++i)
		weather.start([&, i](dice) {
			// Half of them are left in peace.
			s.tids[i] = i % 2 ? gettid() : 0;
			const std::uint64_t none = 0;
			epoll_event got{};
			for (;;) {
				const long result = s.set.pwait(&got, 1, -1, &none, sizeof(none));
				if (result == 1 && got.data.u64 == quit_data)
					break;
				if (result == 1)
					taken += static_cast<unsigned>(take_eventfd(counter));
				else
					await([&, away = put.load()] {
						return put != away || !weather.goes_on();
					});
			}
			s.tids[i] = 0;
		});
	weather.start([&](dice roll) { s.hit(weather, roll); });
	while (weather.goes_on()) {
		++put;
		signal_eventfd(counter);
		await([&] { return taken == put; });
	}
	signal_eventfd(s.quit);
	weather.join();
	EXPECT_EQ(taken, put);
	weather.note(std::to_string(put) + " events");
}

} // namespace
