// SPDX-License-Identifier: GPL-2.0-only
// The wait of a MYEPOLL_IOC_CHANGE, and what can come between its entries: signals, and the close of a target.
#include "support/changes.hpp"
#include "support/polled_file.hpp"
#include "support/test.hpp"

#include <linux/time_types.h>
#include <sys/wait.h>

#include <csignal>

using namespace support;
using namespace support::ops;
using testing::ElementsAre;

namespace {

class ChangeWait : public device_test {};

// A thread in a CHANGE that adds the target and waits for ever.
struct changer {
	changer(const event_set& set, changes made, const sigset_t* mask = nullptr)
		: batch{std::move(made)}, epfd{set.fd()}, thread{[this, &set, mask] {
			batch.wait_for(4, for_ever);
			myepoll_change argument = batch.argument();
			argument.wait.sigmask = address(mask);
			argument.wait.sigsetsize = kernel_sigset_size;
			got = batch.apply(set, argument);
		}}
	{
	}
	bool asleep() const { return asleep_in_wait(thread.state(), epfd); }
	bool falls_asleep()
	{
		await([this] { return thread.finished() || asleep(); });
		return !thread.finished();
	}

	changes batch;
	int epfd;
	delivery got;
	helper_thread thread;
};

TEST_F(ChangeWait, delivers_what_its_entries_make_ready)
{
	const event_set set = create();
	const unique_fd ready = make_eventfd(1);
	const unique_fd idle = make_eventfd();
	changes batch{entry(add, ready, EPOLLIN), entry(add, idle, EPOLLIN)};
	EXPECT_THAT(batch.wait_for(4, for_ever).apply(set), delivers({{EPOLLIN, ready}}));
	EXPECT_EQ(batch.tried(), 2U);
}

TEST_F(ChangeWait, needs_room)
{
	const event_set set = create();
	const unique_fd ready = make_eventfd(1);
	changes batch{entry(add, ready, EPOLLIN)};
	batch.wait_for(0, for_ever);
	myepoll_change argument = batch.argument();
	// Not looked at.
	argument.wait.events = address(kernel_pointer);
	argument.wait.sigmask = 1;
	EXPECT_THAT(batch.apply(set, argument), returns(0));
	EXPECT_THAT(batch.results(), ElementsAre(0));
}

TEST_F(ChangeWait, sleeps_until_an_event_of_its_entries)
{
	const event_set set = create();
	const unique_fd target = make_eventfd();
	changer sleeper{set, {entry(add, target, EPOLLIN)}};
	ASSERT_TRUE(sleeper.falls_asleep());

	signal_eventfd(target);

	sleeper.thread.join();
	EXPECT_THAT(sleeper.got, delivers({{EPOLLIN, target}}));
}

// behaviours: 77, 80
TEST_F(ChangeWait, has_the_timeouts_of_wait)
{
	const event_set set = create();
	const unique_fd idle = make_eventfd();
	const __kernel_timespec timespec{.tv_sec = 0, .tv_nsec = 20'000'000};
	changes batch{entry(MYEPOLL_CHANGE_SET, idle, EPOLLIN)};
	batch.wait_for(1, 20ms);
	myepoll_change with_ns = batch.argument();
	myepoll_change with_timespec = batch.argument();
	with_timespec.wait.flags = MYEPOLL_WAIT_TIMESPEC;
	with_timespec.wait.timeout_ns = static_cast<__s64>(address(&timespec));
	for (myepoll_change* const argument : {&with_ns, &with_timespec}) {
		const auto start = std::chrono::steady_clock::now();
		EXPECT_THAT(batch.apply(set, *argument), delivers_nothing());
		EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
	}
}

TEST_F(ChangeWait, looks_and_does_not_sleep_if_told_so_and_an_entry_failed)
{
	const event_set set = create();
	const unique_fd target = make_eventfd();
	changes failing{entry(del, target), entry(add, target, EPOLLIN)};
	failing.wait_for(1, for_ever).set_flags(MYEPOLL_CHANGE_NO_SLEEP_AFTER_ERROR);
	EXPECT_THAT(failing.apply(set), delivers_nothing());
	EXPECT_THAT(failing.results(), ElementsAre(-ENOENT, 0));

	signal_eventfd(target);
	EXPECT_THAT(failing.apply(set), delivers({{EPOLLIN, target}}));
}

TEST_F(ChangeWait, sleeps_although_an_entry_failed_unless_told_otherwise)
{
	const event_set set = create();
	const unique_fd target = make_eventfd();
	changer sleeper{set, {entry(del, target), entry(add, target, EPOLLIN)}};
	ASSERT_TRUE(sleeper.falls_asleep());
	signal_eventfd(target);
	sleeper.thread.join();
	EXPECT_THAT(sleeper.got, delivers({{EPOLLIN, target}}));
}

TEST_F(ChangeWait, stays_true_to_its_flags_after_a_stop)
{
	const event_set set = create();
	const unique_fd target = make_eventfd(1);
	ASSERT_THAT(set.add(target, EPOLLIN), succeeds());
	changes batch{entry(add, target, EPOLLIN), entry(del, target)};
	batch.wait_for(1, for_ever).set_flags(MYEPOLL_CHANGE_STOP_AT_ERROR | MYEPOLL_CHANGE_NO_SLEEP_AFTER_ERROR);
	EXPECT_THAT(batch.apply(set), delivers({{EPOLLIN, target}}));
	EXPECT_EQ(batch.tried(), 1U);
}

// behaviours: 85
TEST_F(ChangeWait, is_interrupted_by_a_signal_after_all_entries)
{
	const event_set set = create();
	const unique_fd target = make_eventfd();
	changer sleeper{set, {entry(add, target, EPOLLIN)}};
	ASSERT_TRUE(sleeper.falls_asleep());

	sleeper.thread.interrupt();

	sleeper.thread.join();
	EXPECT_THAT(sleeper.got, fails_with(EINTR));
	EXPECT_EQ(sleeper.batch.tried(), 1U);
	EXPECT_NE(mask_in_fdinfo(set.fd(), target), std::nullopt);
}

// behaviours: 81, 83, 85
TEST_F(ChangeWait, lets_a_pending_signal_in_by_its_mask_only_after_the_entries)
{
	const event_set set = create();
	const unique_fd idle = make_eventfd();
	block_signals({SIGUSR1});
	const signal_counter counted{SIGUSR1};
	raise(SIGUSR1);
	const sigset_t none = signal_set({});
	changes batch{entry(add, idle, EPOLLIN)};
	batch.wait_for(1, for_ever);
	myepoll_change argument = batch.argument();
	argument.wait.sigmask = address(&none);
	argument.wait.sigsetsize = kernel_sigset_size;

	EXPECT_THAT(batch.apply(set, argument), fails_with(EINTR));

	EXPECT_EQ(batch.tried(), 1U);
	EXPECT_EQ(counted.count(), 1);
	EXPECT_TRUE(is_blocked(SIGUSR1));
	EXPECT_NE(mask_in_fdinfo(set.fd(), idle), std::nullopt);
}

// The last argument of WAIT that can fail only during the wait.
TEST_F(ChangeWait, tells_what_was_done_although_its_buffer_is_missing)
{
	const event_set set = create();
	const unique_fd ready = make_eventfd(1);
	changes batch{entry(add, ready, EPOLLIN)};
	batch.wait_for(1, 0ms);
	myepoll_change argument = batch.argument();
	argument.wait.events = address(unmapped_pointer);
	EXPECT_THAT(batch.apply(set, argument), fails_with(EFAULT));
	EXPECT_EQ(batch.tried(), 1U);
	EXPECT_THAT(batch.results(), ElementsAre(0));
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, ready}}));
}

class ChangeDuringPoll : public ChangeWait {
	std::optional<std::string> why_impossible() const override { return polled_file::why_impossible(); }
};

// t: before, slow, after. The second entry polls a target that does not answer.
TEST_F(ChangeDuringPoll, ends_between_two_entries_by_a_fatal_signal)
{
	const event_set set = create();
	const unique_fd before = make_eventfd();
	const unique_fd after = make_eventfd();
	polled_file slow{0};
	slow.hold();
	child_process child{[&] {
		changes batch{entry(add, before, EPOLLIN), entry(add, slow.fd(), EPOLLIN), entry(add, after, EPOLLIN)};
		batch.wait_for(1, for_ever).apply(set);
	}};
	slow.await_question();

	child.kill(SIGKILL);
	slow.release();

	EXPECT_TRUE(WIFSIGNALED(child.join()));
	EXPECT_NE(mask_in_fdinfo(set.fd(), before), std::nullopt);
	EXPECT_NE(mask_in_fdinfo(set.fd(), slow.fd()), std::nullopt);
	EXPECT_EQ(mask_in_fdinfo(set.fd(), after), std::nullopt);
}

// behaviours: 122, 130
TEST_F(ChangeDuringPoll, ends_a_target_that_is_closed_meanwhile_although_its_wait_sleeps_on)
{
	const event_set set = create();
	const unique_fd other = make_eventfd();
	polled_file slow{0};
	ASSERT_THAT(set.add(slow.fd(), EPOLLIN), succeeds());
	slow.hold();
	changer sleeper{set, {entry(mod, slow.fd(), EPOLLIN | EPOLLET), entry(add, other, EPOLLIN)}};
	slow.await_question();

	slow.close();
	slow.release();

	EXPECT_TRUE(soon([&] { return slow.is_gone(); }));
	EXPECT_TRUE(sleeper.falls_asleep());
	EXPECT_THAT(fdinfo_of(set.fd()), testing::SizeIs(1));
	signal_eventfd(other);
	sleeper.thread.join();
	EXPECT_THAT(sleeper.batch.results(), ElementsAre(0, 0));
	EXPECT_THAT(sleeper.got, delivers({{EPOLLIN, other}}));
}

} // namespace
