// SPDX-License-Identifier: GPL-2.0-only
// Signals that arrive before or during a wait.
#include "support/test.hpp"

#include <poll.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

using namespace support;

namespace {

// A child that waits on the set without a timeout and checks the result.
class waiting_child {
public:
	waiting_child(const event_set& set, testing::Matcher<delivery> expected)
		: epfd_{set.fd()}, process_{[&] { EXPECT_THAT(set.wait(for_ever), expected); }}
	{
		await_asleep();
	}
	void await_asleep() const
	{
		await([this] { return asleep_in_wait(state(), epfd_); });
	}
	void await_state(char wanted) const
	{
		await([&] { return state().state == wanted; });
	}
	child_process& process() { return process_; }

private:
	thread_state state() const { return inspect_thread(process_.pid(), process_.pid()); }

	int epfd_;
	child_process process_;
};

SEMANTICS_SUITE(WaitSignals);

// behaviours: 83, 84
TEST_P(WaitSignals, events_beat_a_pending_signal_which_stays_pending)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	block_signals({SIGUSR1});
	const signal_counter handler{SIGUSR1};
	raise(SIGUSR1);

	const sigset_t none = signal_set({});
	epoll_event event{};
	EXPECT_THAT(set.pwait(&event, 1, -1, &none, kernel_sigset_size), returns(1));
	EXPECT_EQ(handler.count(), 0);
	EXPECT_TRUE(is_pending(SIGUSR1));
	EXPECT_TRUE(is_blocked(SIGUSR1));
}

// In 32-bit programs the mask is two words, and signal 64 is in the second.
// behaviours: 81, 82
TEST_P(WaitSignals, the_mask_has_a_place_for_every_signal)
{
	const event_set set = create();
	for (const int signal : {SIGHUP, SIGSYS, SIGRTMIN, SIGRTMAX}) {
		block_signals({signal});
		const signal_counter handler{signal};
		raise(signal);
		epoll_event event{};

		const sigset_t with = signal_set({signal});
		EXPECT_THAT(set.pwait(&event, 1, 0, &with, kernel_sigset_size), returns(0));
		const sigset_t without = signal_set({});
		EXPECT_THAT(set.pwait(&event, 1, -1, &without, kernel_sigset_size), fails_with(EINTR));

		EXPECT_EQ(handler.count(), 1) << signal;
	}
}

// behaviours: 83, 84
TEST_P(WaitSignals, timeout_zero_beats_a_pending_signal_which_stays_pending)
{
	const event_set set = create();
	block_signals({SIGUSR1});
	const signal_counter handler{SIGUSR1};
	raise(SIGUSR1);

	const sigset_t none = signal_set({});
	epoll_event event{};
	EXPECT_THAT(set.pwait(&event, 1, 0, &none, kernel_sigset_size), returns(0));
	EXPECT_EQ(handler.count(), 0);
	EXPECT_TRUE(is_pending(SIGUSR1));
	EXPECT_TRUE(is_blocked(SIGUSR1));
}

// behaviours: 85
TEST_P(WaitSignals, a_signal_that_the_mask_lets_in_interrupts_and_is_handled_once)
{
	const event_set set = create();
	block_signals({SIGUSR1});
	const signal_counter handler{SIGUSR1};
	raise(SIGUSR1);

	const sigset_t none = signal_set({});
	epoll_event event{};
	EXPECT_THAT(set.pwait(&event, 1, 5'000, &none, kernel_sigset_size), fails_with(EINTR));
	EXPECT_EQ(handler.count(), 1);
	EXPECT_FALSE(is_pending(SIGUSR1));
	EXPECT_TRUE(is_blocked(SIGUSR1));
}

std::atomic<bool> was_blocked_in_handler;

// behaviours: 85
TEST_P(WaitSignals, the_handler_runs_under_the_temporary_mask)
{
	const event_set set = create();
	block_signals({SIGUSR1});
	was_blocked_in_handler = false;
	struct sigaction action {};
	action.sa_handler = [](int) { was_blocked_in_handler = is_blocked(SIGALRM); };
	sigaction(SIGUSR1, &action, nullptr);
	raise(SIGUSR1);

	const sigset_t only_alarm = signal_set({SIGALRM});
	epoll_event event{};
	EXPECT_THAT(set.pwait(&event, 1, 5'000, &only_alarm, kernel_sigset_size), fails_with(EINTR));
	EXPECT_TRUE(was_blocked_in_handler);
	EXPECT_FALSE(is_blocked(SIGALRM));
	EXPECT_TRUE(is_blocked(SIGUSR1));
}

// behaviours: 85
TEST_P(WaitSignals, the_mask_holds_signals_back_during_the_wait)
{
	const event_set set = create();
	const signal_counter handler{SIGUSR1};
	const sigset_t mask = signal_set({SIGUSR1});
	raise(SIGUSR1);
	ASSERT_EQ(handler.count(), 1);

	long result = -1;
	helper_thread sleeper{[&] {
		epoll_event event{};
		result = set.pwait(&event, 1, 100, &mask, kernel_sigset_size);
	}};
	await([&] { return sleeper.finished() || asleep_in_wait(sleeper.state(), set.fd()); });
	tgkill(getpid(), sleeper.tid(), SIGUSR1);
	sleeper.join();
	EXPECT_THAT(result, returns(0));
	EXPECT_EQ(handler.count(), 2);
}

// behaviours: 85
TEST_P(WaitSignals, kill_and_stop_cannot_be_held_back)
{
	const event_set set = create();
	const sigset_t mask = signal_set({SIGKILL, SIGSTOP});
	child_process child{[&] {
		epoll_event event{};
		set.pwait(&event, 1, -1, &mask, kernel_sigset_size);
	}};
	await([&] { return asleep_in_wait(inspect_thread(child.pid(), child.pid()), set.fd()); });
	child.kill(SIGKILL);
	EXPECT_EQ(WTERMSIG(child.join()), SIGKILL);
}

// behaviours: 86
TEST_P(WaitSignals, a_handler_interrupts_even_with_sa_restart)
{
	const event_set set = create();
	const signal_counter handler{SIGUSR1, SA_RESTART};
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());
	tgkill(getpid(), sleeper.tid(), SIGUSR1);
	EXPECT_THAT(sleeper.result(), fails_with(EINTR));
	EXPECT_EQ(handler.count(), 1);
}

// behaviours: 86
TEST_P(WaitSignals, stop_and_continue_interrupt_without_any_handler)
{
	const event_set set = create();
	waiting_child child{set, fails_with(EINTR)};
	child.process().kill(SIGSTOP);
	child.await_state('T');
	child.process().kill(SIGCONT);
	EXPECT_EQ(child.process().join(), 0);
}

// behaviours: 87
TEST_P(WaitSignals, a_debugger_that_interrupts_is_seen_as_eintr)
{
	const event_set set = create();
	waiting_child child{set, fails_with(EINTR)};
	const pid_t pid = child.process().pid();
	ASSERT_EQ(ptrace(PTRACE_SEIZE, pid, nullptr, nullptr), 0);
	ASSERT_EQ(ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr), 0);
	int status = 0;
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	ASSERT_TRUE(WIFSTOPPED(status));
	ASSERT_EQ(ptrace(PTRACE_DETACH, pid, nullptr, nullptr), 0);
	EXPECT_EQ(child.process().join(), 0);
}

// behaviours: 88
TEST_P(WaitSignals, ignored_signals_do_not_interrupt)
{
	const event_set set = create();
	signal(SIGUSR1, SIG_IGN);
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());
	tgkill(getpid(), sleeper.tid(), SIGUSR1);
	tgkill(getpid(), sleeper.tid(), SIGWINCH); // ignored by default
	EXPECT_TRUE(sleeper.still_asleep());
	sleeper.interrupt();
	EXPECT_THAT(sleeper.result(), fails_with(EINTR));
}

// behaviours: 89
TEST_P(WaitSignals, a_fatal_signal_ends_threads_that_always_have_events)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	const unique_fd busy = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	child_process child{[&] {
		const auto harvest = [&] {
			for (;;) {
				EXPECT_THAT(set.wait(for_ever), returns(1));
				signal_eventfd(busy);
			}
		};
		helper_thread first{harvest};
		helper_thread second{harvest};
		harvest();
	}};
	pollfd harvesting{busy, POLLIN, 0};
	ASSERT_EQ(poll(&harvesting, 1, -1), 1);
	child.kill(SIGKILL);
	EXPECT_EQ(WTERMSIG(child.join()), SIGKILL);
}

} // namespace
