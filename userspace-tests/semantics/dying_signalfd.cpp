// SPDX-License-Identifier: GPL-2.0-only
// A signalfd is watched through the wait queue of the task that adds it. When that task exits, the
// wait queue goes away although the file lives on.
#include "support/test.hpp"

#include <sys/signalfd.h>

#include <csignal>

using namespace support;

namespace {

SEMANTICS_SUITE(DyingSignalfd);

// A signalfd that was added by a child process, which has exited since.
struct orphaned {
	explicit orphaned(const event_set& set, std::uint32_t mask = EPOLLIN)
	{
		in_child([&] { EXPECT_THAT(set.add(signals, mask), succeeds()); });
	}
	unique_fd signals = make_signalfd(SIGUSR1);
};

// behaviours: 134
TEST_P(DyingSignalfd, can_be_removed)
{
	const event_set set = create();
	const orphaned target{set};
	EXPECT_THAT(set.del(target.signals), succeeds());
	EXPECT_THAT(set.del(target.signals), fails_with(ENOENT));
}

// behaviours: 134
TEST_P(DyingSignalfd, can_be_closed)
{
	const event_set set = create();
	orphaned target{set};
	target.signals.close();
	EXPECT_THAT(fdinfo_of(set.fd()), testing::IsEmpty());
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 134
TEST_P(DyingSignalfd, can_outlive_the_set)
{
	event_set set = create();
	const orphaned target{set};
	set.close();
	raise(SIGUSR1);
	signalfd_siginfo signal{};
	EXPECT_EQ(read(target.signals, &signal, sizeof(signal)), ssize_t{sizeof(signal)});
}

// behaviours: 51, 134
TEST_P(DyingSignalfd, is_not_on_the_queue_of_the_process_that_is_left)
{
	const event_set set = create();
	const orphaned target{set};
	ASSERT_THAT(set.wait(), delivers_nothing());

	raise(SIGUSR1);
	EXPECT_THAT(set.wait(), delivers_nothing());
	// MOD polls the target again, in the calling task.
	EXPECT_THAT(set.mod(target.signals, EPOLLIN), succeeds());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, target.signals}}));
}

// behaviours: 134
TEST_P(DyingSignalfd, can_be_added_again_and_then_fires)
{
	const event_set set = create();
	const orphaned target{set};
	ASSERT_THAT(set.del(target.signals), succeeds());
	ASSERT_THAT(set.add(target.signals, EPOLLIN), succeeds());

	raise(SIGUSR1);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, target.signals}}));
}

// behaviours: 134, 155
TEST_P(DyingSignalfd, leaves_the_other_processes_registrations_in_place)
{
	const event_set set = create();
	const unique_fd signals = make_signalfd(SIGUSR1);
	const unique_fd twin = duplicate(signals);
	ASSERT_THAT(set.add(signals, EPOLLIN), succeeds());
	in_child([&] { EXPECT_THAT(set.add(twin, EPOLLIN), succeeds()); });
	ASSERT_THAT(set.wait(), delivers_nothing());

	raise(SIGUSR1);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, signals}}));
}

} // namespace
