// SPDX-License-Identifier: GPL-2.0-only
// EXCLUSIVE: which of many instances on one target get a wakeup. The exclusive ones are called in
// the order of their ADDs, until one reports that it has woken up a waiter.
#include "support/input_device.hpp"
#include "support/test.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/syscall.h>

#include <deque>
#include <memory>

using namespace support;

namespace {

constexpr std::uint32_t exclusive = EPOLLEXCLUSIVE;

// Instances that watch one target, and threads that sleep in a wait on some of them.
class Exclusive : public semantics_test {
protected:
	void TearDown() override
	{
		sleepers_.clear();
		sets_.clear();
	}

	void watch(int target, std::initializer_list<std::uint32_t> interests)
	{
		for (const std::uint32_t interest : interests) {
			sets_.push_back(create());
			ASSERT_THAT(sets_.back().add(target, interest), succeeds());
		}
	}
	void sleep_on(std::initializer_list<std::size_t> which)
	{
		for (const std::size_t i : which) {
			sleepers_.emplace_back(i, std::make_unique<waiter>(sets_[i]));
			ASSERT_TRUE(sleepers_.back().second->falls_asleep());
		}
	}
	// The indexes of the instances whose sleepers have woken up, in ascending order.
	std::vector<std::size_t> woken() const
	{
		std::vector<std::size_t> result;
		for (const auto& [i, sleeper] : sleepers_)
			if (!sleeper->still_asleep())
				result.push_back(i);
		std::sort(result.begin(), result.end());
		return result;
	}
	// The result of a non-blocking wait on each instance.
	std::vector<long> found() const
	{
		std::vector<long> result;
		for (const event_set& set : sets_)
			result.push_back(set.wait().result);
		return result;
	}
	waiter& sleeper(std::size_t nth) { return *sleepers_[nth].second; }
	const event_set& set(std::size_t i) const { return sets_[i]; }

private:
	std::deque<event_set> sets_;
	std::vector<std::pair<std::size_t, std::unique_ptr<waiter>>> sleepers_;
};

SEMANTICS_INSTANCES(Exclusive);

using indexes = std::vector<std::size_t>;
using results = std::vector<long>;

// behaviours: 19
TEST_P(Exclusive, goes_with_input_output_error_hangup_wakeup_and_edge_and_nothing_else)
{
	constexpr std::uint32_t companions =
		EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | exclusive;
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	for (int bit = 0; bit < 32; ++bit) {
		const std::uint32_t mask = exclusive | std::uint32_t{1} << bit;
		const bool goes = (mask & ~companions) == 0;
		EXPECT_THAT(set.add(counter, mask), returns(goes ? 0 : -EINVAL)) << "bit " << bit;
		EXPECT_THAT(set.del(counter), returns(goes ? 0 : -ENOENT)) << "bit " << bit;
	}
}

// behaviours: 19
TEST_P(Exclusive, is_not_for_instances)
{
	const event_set set = create();
	const event_set inner = create();
	const event_set kernel_epoll{backend::epoll};

	EXPECT_THAT(set.add(inner.fd(), EPOLLIN | exclusive), fails_with(EINVAL));
	EXPECT_THAT(set.add(kernel_epoll.fd(), EPOLLIN | exclusive), fails_with(EINVAL));
	EXPECT_THAT(set.del(inner.fd()), fails_with(ENOENT));
}

// behaviours: 18
TEST_P(Exclusive, is_decided_by_the_add_for_good)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	const unique_fd plain = make_eventfd();
	const unique_fd unwatched = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN | exclusive), succeeds());
	ASSERT_THAT(set.add(plain, EPOLLIN), succeeds());

	EXPECT_THAT(set.mod(counter, EPOLLIN), fails_with(EINVAL));
	EXPECT_THAT(set.mod(counter, EPOLLIN | exclusive), fails_with(EINVAL));
	EXPECT_THAT(set.mod(plain, EPOLLIN | exclusive), fails_with(EINVAL));
	EXPECT_THAT(set.mod(unwatched, EPOLLIN | exclusive), fails_with(EINVAL));
	EXPECT_EQ(mask_in_fdinfo(set.fd(), counter), EPOLLIN | EPOLLERR | EPOLLHUP | exclusive);
	EXPECT_THAT(set.del(counter), succeeds());
}

// behaviours: 10, 20
TEST_P(Exclusive, is_checked_before_whether_the_target_is_watched)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());

	EXPECT_THAT(set.add(counter, EPOLLIN | EPOLLONESHOT | exclusive), fails_with(EINVAL));
	EXPECT_THAT(set.add(counter, EPOLLIN | exclusive), fails_with(EEXIST));
}

// behaviours: 46
TEST_P(Exclusive, is_not_among_the_events)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLOUT | exclusive), succeeds());

	EXPECT_THAT(set.wait(), delivers({{EPOLLIN | EPOLLOUT, counter}}));
}

//	set 0..3 <- counter, a sleeper on each
//
// behaviours: 63
TEST_P(Exclusive, lets_one_of_many_sleepers_know)
{
	for (const std::uint32_t trigger : {std::uint32_t{0}, std::uint32_t{EPOLLET}}) {
		const unique_fd counter = make_eventfd();
		const std::uint32_t interest = EPOLLIN | exclusive | trigger;
		watch(counter, {interest, interest, interest, interest});
		sleep_on({0, 1, 2, 3});

		signal_eventfd(counter);

		EXPECT_EQ(woken(), indexes{0});
		EXPECT_THAT(sleeper(0).result(), delivers({{EPOLLIN, counter}}));
		TearDown();
	}
}

//	set 0..2 <- counter, sleepers that fell asleep in reverse order
//
// behaviours: 64
TEST_P(Exclusive, prefers_the_instance_that_was_first_to_watch)
{
	const unique_fd counter = make_eventfd();
	watch(counter, {EPOLLIN | exclusive, EPOLLIN | exclusive, EPOLLIN | exclusive});
	sleep_on({2, 1, 0});

	signal_eventfd(counter);

	EXPECT_EQ(woken(), indexes{0});
}

//	set 0, 1 <- counter, a sleeper on each; set 0 gets a new sleeper after each wakeup
//
// behaviours: 64
TEST_P(Exclusive, does_not_rotate)
{
	const unique_fd counter = make_eventfd();
	watch(counter, {EPOLLIN | EPOLLET | exclusive, EPOLLIN | EPOLLET | exclusive});
	sleep_on({1});
	for (int round = 0; round < 5; ++round) {
		waiter favourite{set(0)};
		ASSERT_TRUE(favourite.falls_asleep());
		signal_eventfd(counter);
		EXPECT_THAT(favourite.result(), delivers({{EPOLLIN, counter}}));
	}
	EXPECT_EQ(woken(), indexes{});
}

//	set 0..2 <- counter, level-triggered, a sleeper on each
//
// behaviours: 65
TEST_P(Exclusive, leaves_those_behind_the_one_that_woke_ignorant_of_a_ready_target)
{
	const unique_fd counter = make_eventfd();
	watch(counter, {EPOLLIN | exclusive, EPOLLIN | exclusive, EPOLLIN | exclusive});
	sleep_on({0, 1, 2});

	signal_eventfd(counter);
	EXPECT_THAT(sleeper(0).result(), delivers({{EPOLLIN, counter}}));

	EXPECT_EQ(found(), (results{1, 0, 0}));
	signal_eventfd(counter);
	EXPECT_EQ(found(), (results{1, 1, 0})) << "no thread sleeps on the first instance any more";
}

//	set 0..2 <- counter, no sleepers
//
// behaviours: 66
TEST_P(Exclusive, reaches_all_instances_when_nobody_sleeps)
{
	const unique_fd counter = make_eventfd();
	watch(counter, {EPOLLIN | exclusive, EPOLLIN | exclusive, EPOLLIN | exclusive});

	signal_eventfd(counter);

	EXPECT_EQ(found(), (results{1, 1, 1}));
}

//	set 0..3 <- counter, sleepers on 2 and 3
//
// behaviours: 66
TEST_P(Exclusive, reaches_the_instances_before_the_first_with_a_sleeper)
{
	const unique_fd counter = make_eventfd();
	const std::uint32_t interest = EPOLLIN | EPOLLET | exclusive;
	watch(counter, {interest, interest, interest, interest});
	sleep_on({2, 3});

	signal_eventfd(counter);

	EXPECT_EQ(woken(), indexes{2});
	EXPECT_THAT(sleeper(0).result(), delivers({{EPOLLIN, counter}}));
	EXPECT_EQ(found(), (results{1, 1, 0, 0}));
}

//	set 0..2 <- counter, a thread in poll(2) on each
//
// behaviours: 67
TEST_P(Exclusive, does_not_take_those_who_poll_an_instance_for_sleepers)
{
	const unique_fd counter = make_eventfd();
	watch(counter, {EPOLLIN | exclusive, EPOLLIN | exclusive, EPOLLIN | exclusive});
	std::deque<helper_thread> pollers;
	for (std::size_t i = 0; i < 3; ++i)
		pollers.emplace_back([this, i] {
			pollfd instance{set(i).fd(), POLLIN, 0};
			EXPECT_EQ(poll(&instance, 1, -1), 1);
		});
	for (const helper_thread& poller : pollers)
		await([&poller] { return asleep_in(poller.state(), SYS_poll); });

	signal_eventfd(counter);

	for (helper_thread& poller : pollers)
		poller.join();
}

//	outer 0 <- set 0 <- counter -> set 1 -> outer 1, a sleeper on each outer
//
// behaviours: 67
TEST_P(Exclusive, does_not_take_sleepers_of_an_outer_instance_for_its_own)
{
	const unique_fd counter = make_eventfd();
	watch(counter, {EPOLLIN | exclusive, EPOLLIN | exclusive});
	const event_set outers[] = {create(), create()};
	ASSERT_THAT(outers[0].add(set(0).fd(), EPOLLIN), succeeds());
	ASSERT_THAT(outers[1].add(set(1).fd(), EPOLLIN), succeeds());
	waiter first{outers[0]};
	waiter second{outers[1]};
	ASSERT_TRUE(first.falls_asleep());
	ASSERT_TRUE(second.falls_asleep());

	signal_eventfd(counter);

	EXPECT_THAT(first.result(), delivers({{EPOLLIN, set(0).fd()}}));
	EXPECT_THAT(second.result(), delivers({{EPOLLIN, set(1).fd()}}));
}

//	set 0 (for input), set 1 and set 2 (for output) <- a full counter, a sleeper on each
//
// behaviours: 48, 63
TEST_P(Exclusive, passes_by_an_instance_that_did_not_ask_for_what_happened)
{
	const unique_fd full = make_eventfd();
	signal_eventfd(full, UINT64_MAX - 1);
	watch(full, {EPOLLIN | EPOLLET | exclusive, EPOLLOUT | exclusive, EPOLLOUT | exclusive});
	ASSERT_EQ(found(), (results{1, 0, 0}));
	sleep_on({0, 1, 2});

	take_eventfd(full);

	EXPECT_EQ(woken(), indexes{1});
}

//	set 0..2 <- inotify, whose wakeups have no key, a sleeper on each
//
// behaviours: 63
TEST_P(Exclusive, lets_one_sleeper_know_of_a_wake_up_that_does_not_say_what_happened)
{
	const temporary_folder folder;
	const unique_fd inotify = make_inotify(folder.path(""), IN_CREATE);
	watch(inotify, {EPOLLIN | exclusive, EPOLLIN | exclusive, EPOLLIN | exclusive});
	sleep_on({0, 1, 2});

	const unique_fd file = open_file(folder.path("new"), O_CREAT | O_RDWR);

	EXPECT_EQ(woken(), indexes{0});
}

//	set 0..2 <- button, a sleeper on each
//
// behaviours: 63
TEST_P(Exclusive, lets_all_know_of_a_wake_up_for_input_and_output_at_once)
{
	if (const auto why = input_device::why_impossible())
		GTEST_SKIP() << *why;
	const input_device button;
	watch(button.reader(), {EPOLLIN | exclusive, EPOLLIN | exclusive, EPOLLIN | exclusive});
	sleep_on({0, 1, 2});

	button.press();

	EXPECT_EQ(woken(), (indexes{0, 1, 2}));
	for (std::size_t i = 0; i < 3; ++i)
		EXPECT_THAT(sleeper(i).result(), delivers({{EPOLLIN, button.reader()}}));
}

//	set 0..2 <- pipe, a sleeper on each
//
// behaviours: 68
TEST_P(Exclusive, lets_all_know_of_a_wake_up_that_is_for_all)
{
	pipe_ends pipe = make_pipe();
	watch(pipe.reader, {EPOLLIN | exclusive, EPOLLIN | exclusive, EPOLLIN | exclusive});
	sleep_on({0, 1, 2});

	pipe.writer.close();

	EXPECT_EQ(woken(), (indexes{0, 1, 2}));
	for (std::size_t i = 0; i < 3; ++i)
		EXPECT_THAT(sleeper(i).result(), delivers({{EPOLLHUP, pipe.reader}}));
}

//	set 0 (exclusive), 1 (plain), 2 (exclusive), 3 (plain), 4 (exclusive) <- counter
//
// behaviours: 69
TEST_P(Exclusive, lets_all_plain_watchers_know_and_one_exclusive)
{
	const unique_fd counter = make_eventfd();
	watch(counter, {EPOLLIN | exclusive, EPOLLIN, EPOLLIN | exclusive, EPOLLIN,
			EPOLLIN | exclusive});
	sleep_on({0, 1, 2, 3, 4});

	signal_eventfd(counter);

	EXPECT_EQ(woken(), (indexes{0, 1, 3}));
}

//	set 0 (plain), 1 (exclusive), 2 (exclusive) <- counter, sleepers on 0 and 2
//
// behaviours: 66, 69
TEST_P(Exclusive, does_not_take_a_plain_watcher_for_one_that_takes_care)
{
	const unique_fd counter = make_eventfd();
	watch(counter, {EPOLLIN, EPOLLIN | EPOLLET | exclusive, EPOLLIN | exclusive});
	sleep_on({0, 2});

	signal_eventfd(counter);

	EXPECT_EQ(woken(), (indexes{0, 2}));
	EXPECT_THAT(set(1).wait(), delivers({{EPOLLIN, counter}}));
}

//	set 0..2 <- counter, and a signalfd (exclusive) that a child adds; a sleeper on each
//
// behaviours: 134, 155
TEST_P(Exclusive, lets_go_of_signals_of_a_task_that_ended)
{
	const unique_fd signals = make_signalfd(SIGUSR1);
	const unique_fd other = make_eventfd();
	watch(other, {EPOLLIN, EPOLLIN, EPOLLIN});
	sleep_on({0, 1, 2});

	ASSERT_EQ(in_child([&] {
			  for (std::size_t i = 0; i < 3; ++i)
				  EXPECT_THAT(set(i).add(signals, EPOLLIN | exclusive), succeeds());
		  }),
		  0);

	signal_eventfd(other);
	for (std::size_t i = 0; i < 3; ++i) {
		EXPECT_THAT(sleeper(i).result(), delivers({{EPOLLIN, other}}));
		EXPECT_THAT(set(i).del(signals), succeeds());
	}
}

} // namespace
