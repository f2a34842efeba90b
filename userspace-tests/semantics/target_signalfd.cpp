// SPDX-License-Identifier: GPL-2.0-only
// signalfds as targets. Readiness depends on the polling task: a signal is pending for a thread or a
// process, and ->poll() checks those of the current thread and its process.
#include "support/test.hpp"
#include "support/watch.hpp"

#include <sys/signalfd.h>

#include <csignal>

using namespace support;

namespace {

SEMANTICS_SUITE(TargetSignalfd);

void take_signal(int fd)
{
	signalfd_siginfo info{};
	checked(static_cast<int>(read(fd, &info, sizeof(info))), "read signalfd");
}

// behaviours: 43, 53, 54
TEST_P(TargetSignalfd, is_readable_while_a_signal_is_pending)
{
	const unique_fd signals = make_signalfd(SIGUSR1);
	const watch seen{GetParam(), signals, all_events};
	EXPECT_THAT(seen.now(), stays_at(0));

	raise(SIGUSR1);
	EXPECT_THAT(seen.now(), wakes_with(EPOLLIN));
	EXPECT_THAT(seen.now(), stays_at(EPOLLIN));
	take_signal(signals);
	EXPECT_THAT(seen.now(), stays_at(0));
}

// behaviours: 43, 53, 54
TEST_P(TargetSignalfd, is_readable_until_the_last_queued_signal)
{
	const unique_fd signals = make_signalfd(SIGRTMIN);
	const watch seen{GetParam(), signals, EPOLLIN};
	raise(SIGRTMIN);
	ASSERT_THAT(seen.now(), wakes_with(EPOLLIN));
	raise(SIGRTMIN);
	ASSERT_THAT(seen.now(), wakes_with(EPOLLIN));

	take_signal(signals);
	EXPECT_THAT(seen.now(), stays_at(EPOLLIN));
	take_signal(signals);
	EXPECT_THAT(seen.now(), stays_at(0));
}

// behaviours: 53
TEST_P(TargetSignalfd, wakes_a_sleeper_for_a_signal_to_the_process)
{
	const unique_fd signals = make_signalfd(SIGUSR1);
	const event_set set = create();
	ASSERT_THAT(set.add(signals, EPOLLIN), succeeds());
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());

	kill(getpid(), SIGUSR1);

	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, signals}}));
}

// behaviours: 51
TEST_P(TargetSignalfd, of_a_parent_is_not_ready_for_its_child)
{
	const unique_fd signals = make_signalfd(SIGUSR1);
	const event_set set = create();
	ASSERT_THAT(set.add(signals, EPOLLIN), succeeds());
	raise(SIGUSR1);

	in_child([&] { EXPECT_THAT(set.wait(), delivers_nothing()); });

	// The child found it not ready, which took it off the ready list for every process.
	EXPECT_THAT(set.wait(), delivers_nothing());
	ASSERT_THAT(set.mod(signals, EPOLLIN), succeeds());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, signals}}));
}

// behaviours: 51
TEST_P(TargetSignalfd, shows_a_child_its_own_signal_after_a_mod)
{
	const unique_fd signals = make_signalfd(SIGUSR1);
	const event_set set = create();
	ASSERT_THAT(set.add(signals, EPOLLIN), succeeds());

	in_child([&] {
		raise(SIGUSR1);
		EXPECT_THAT(set.wait(), delivers_nothing());
		ASSERT_THAT(set.mod(signals, EPOLLIN), succeeds());
		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, signals}}));
	});

	EXPECT_THAT(set.wait(), delivers_nothing());
}

} // namespace
