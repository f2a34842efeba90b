// SPDX-License-Identifier: GPL-2.0-only
// pidfds as targets.
#include "support/test.hpp"
#include "support/watch.hpp"

#include <csignal>

using namespace support;

namespace {

SEMANTICS_SUITE(TargetPidfd);

void sleep_until_killed()
{
	for (;;)
		pause();
}

// behaviours: 43, 53, 54
TEST_P(TargetPidfd, is_silent_while_the_process_runs)
{
	const child_process child{sleep_until_killed};
	const unique_fd process = make_pidfd(child.pid());
	const watch seen{GetParam(), process, all_events};

	EXPECT_THAT(seen.now(), stays_at(0));
}

// behaviours: 43, 53, 54
TEST_P(TargetPidfd, is_readable_when_the_process_has_ended)
{
	const child_process child{sleep_until_killed};
	const unique_fd process = make_pidfd(child.pid());
	const watch seen{GetParam(), process, all_events};

	child.kill(SIGKILL);

	EXPECT_THAT(seen.next(), wakes_with(readable));
	EXPECT_THAT(seen.now(), stays_at(readable));
}

// behaviours: 54
TEST_P(TargetPidfd, wakes_a_sleeper_when_the_process_ends)
{
	const child_process child{sleep_until_killed};
	const unique_fd process = make_pidfd(child.pid());
	const event_set set = create();
	ASSERT_THAT(set.add(process, EPOLLIN | EPOLLET), succeeds());
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());

	child.kill(SIGKILL);

	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, process}}));
}

} // namespace
