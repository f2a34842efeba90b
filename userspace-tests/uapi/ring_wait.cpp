// SPDX-License-Identifier: GPL-2.0-only
// Waiting for what is on a ring: MYEPOLL_WAIT_RING in WAIT and CHANGE, poll() on the instance, and who is woken.
#include "support/changes.hpp"
#include "support/mapped_ring.hpp"
#include "support/ring_waiter.hpp"
#include "support/test.hpp"

#include <linux/time_types.h>
#include <poll.h>

#include <climits>
#include <csignal>
#include <deque>

using namespace support;
using namespace support::ops;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

constexpr std::uint32_t edge = EPOLLIN | EPOLLET;

class RingWait : public device_test {
protected:
	// A WAIT that finds nothing at once, without the flag.
	myepoll_wait plain() const
	{
		myepoll_wait argument{};
		argument.events = address(&event_);
		argument.maxevents = 1;
		return argument;
	}
	myepoll_wait ringed(__u32 head = 0) const
	{
		myepoll_wait argument = plain();
		argument.flags = MYEPOLL_WAIT_RING;
		argument.pad = head;
		return argument;
	}
	static long wait(const event_set& set, const myepoll_wait& argument)
	{
		return raw::ioctl(set.fd(), MYEPOLL_IOC_WAIT, &argument);
	}
	static bool readable_by_poll(const event_set& set)
	{
		pollfd asked{set.fd(), POLLIN, 0};
		return poll(&asked, 1, 0) == 1;
	}

private:
	epoll_event event_{};
};

// A WAIT without it could take a wakeup that one with it needs.
TEST_F(RingWait, needs_its_flag_where_it_may_sleep)
{
	const event_set set = create();
	const mapped_ring ring{set, 8};
	const unique_fd counter = make_eventfd(1);
	const sigset_t none = signal_set({});
	const __kernel_timespec second{1, 0};
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds()); // there would even be something
	for (const std::int64_t timeout : {INT64_C(1), INT64_C(-1), INT64_MAX, INT64_MIN}) {
		myepoll_wait argument = plain();
		argument.timeout_ns = timeout;
		EXPECT_THAT(wait(set, argument), fails_with(EINVAL)) << timeout;
		argument.sigmask = address(&none);
		argument.sigsetsize = kernel_sigset_size;
		EXPECT_THAT(wait(set, argument), fails_with(EINVAL)) << timeout;
	}
	for (const void* const timespec : {static_cast<const void*>(nullptr), static_cast<const void*>(&second)}) {
		myepoll_wait argument = plain();
		argument.flags = MYEPOLL_WAIT_TIMESPEC;
		argument.timeout_ns = static_cast<__s64>(address(timespec));
		EXPECT_THAT(wait(set, argument), fails_with(EINVAL));
	}
	const __kernel_timespec at_once{0, 0};
	myepoll_wait argument = plain();
	EXPECT_THAT(wait(set, argument), returns(1));
	argument.flags = MYEPOLL_WAIT_TIMESPEC;
	argument.timeout_ns = static_cast<__s64>(address(&at_once));
	EXPECT_THAT(wait(set, argument), returns(1));
}

TEST_F(RingWait, needs_its_flag_in_a_change_before_the_first_entry)
{
	const event_set set = create();
	const mapped_ring ring{set, 8};
	const unique_fd counter = make_eventfd(1);
	changes batch{entry(add, counter, EPOLLIN)};
	batch.wait_for(1, for_ever);
	EXPECT_THAT(batch.apply(set), fails_with(EINVAL));
	EXPECT_EQ(batch.tried(), 0U);
	EXPECT_THAT(fdinfo_of(set.fd()), IsEmpty());

	batch.wait_for(0, for_ever); // no wait
	EXPECT_THAT(batch.apply(set), returns(0));
	batch.entries()[0].op = mod;
	batch.wait_for(1, 0ms);
	EXPECT_THAT(batch.apply(set), delivers({{EPOLLIN, counter}}));
}

TEST_F(RingWait, refuses_its_flag_without_a_ring_and_its_head_without_the_flag)
{
	const event_set set = create();
	EXPECT_THAT(wait(set, ringed()), fails_with(EINVAL));
	myepoll_change without{};
	changes batch{entry(drop, -1)};
	batch.wait_for(0, 0ms);
	without = batch.argument();
	without.wait.flags = MYEPOLL_WAIT_RING;
	EXPECT_THAT(batch.apply(set, without), fails_with(EINVAL));
	EXPECT_EQ(batch.tried(), 0U);

	const mapped_ring ring{set, 8};
	EXPECT_THAT(wait(set, ringed()), returns(0));
	EXPECT_THAT(batch.apply(set, without), returns(0));
	for (int bit = 0; bit < 32; ++bit) {
		myepoll_wait padded = plain();
		padded.pad = 1U << bit;
		EXPECT_THAT(wait(set, padded), fails_with(EINVAL)) << "bit " << bit;
		myepoll_wait flagged = ringed();
		flagged.flags |= 1U << bit;
		if (bit > 1) {
			EXPECT_THAT(wait(set, flagged), fails_with(EINVAL)) << "bit " << bit;
		}
		without = batch.argument();
		without.wait.pad = 1U << bit;
		EXPECT_THAT(batch.apply(set, without), fails_with(EINVAL)) << "bit " << bit;
	}
}

struct order_case {
	const char* what;
	void (*spoil)(myepoll_wait&);
	long result;
};

// behaviours: 72, 74, 80, 81
TEST_F(RingWait, makes_the_checks_of_any_wait_in_their_order)
{
	const event_set set = create();
	const mapped_ring ring{set, 8};
	const order_case cases[] = {
		{"no room", [](myepoll_wait& w) { w.maxevents = 0; }, 0},
		{"no room, no buffer", [](myepoll_wait& w) { w.maxevents = 0; w.events = address(kernel_pointer); }, 0},
		{"negative room", [](myepoll_wait& w) { w.maxevents = -1; }, -EINVAL},
		{"too much room", [](myepoll_wait& w) { w.maxevents = INT_MAX; }, -EINVAL},
		{"buffer out of range", [](myepoll_wait& w) { w.events = address(kernel_pointer); },
		 has_kernel_addresses ? -EFAULT : 0},
		{"no timespec", [](myepoll_wait& w) { w.flags |= MYEPOLL_WAIT_TIMESPEC; w.timeout_ns = 1; w.maxevents = -1; },
		 -EFAULT},
		{"no mask", [](myepoll_wait& w) { w.sigmask = 1; w.sigsetsize = kernel_sigset_size; w.maxevents = -1; }, -EFAULT},
		{"no mask, which without the flag would be", [](myepoll_wait& w) {
			 w.sigmask = 1;
			 w.sigsetsize = kernel_sigset_size;
			 w.flags = 0;
			 w.timeout_ns = -1;
		 }, -EFAULT},
		{"no flag, out of range", [](myepoll_wait& w) {
			 w.flags = 0;
			 w.timeout_ns = -1;
			 w.events = address(kernel_pointer);
		 }, has_kernel_addresses ? -EFAULT : -EINVAL},
	};
	for (const order_case& row : cases) {
		myepoll_wait argument = ringed();
		row.spoil(argument);
		EXPECT_THAT(wait(set, argument), returns(row.result)) << row.what;
	}
}

TEST_F(RingWait, ends_at_once_if_something_was_posted_at_its_head_or_behind)
{
	const event_set set = create();
	mapped_ring ring{set, 8};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	signal_eventfd(counter);
	EXPECT_THAT(ring.wait(for_ever), returns(0));
	EXPECT_THAT(ring.wait(for_ever, 4), returns(0)) << "it is not delivered by WAIT";
	mapped_ring other{set, duplicate(ring.fd())};
	ring.take();
	// Although somebody took it.
	EXPECT_THAT(other.wait(for_ever), returns(0));
	EXPECT_THAT(wait_on_ring(set.fd(), 7, for_ever), returns(0)) << "a head that cannot be";
	ring_waiter sleeper{ring};
	EXPECT_TRUE(sleeper.falls_asleep());
}

TEST_F(RingWait, sleeps_until_an_event_is_posted)
{
	for (const int maxevents : {0, 1}) {
		const event_set set = create();
		mapped_ring ring{set, 8};
		const unique_fd counter = make_eventfd();
		ASSERT_THAT(ring.add(counter, edge), succeeds());
		for (int i = 0; i < 20; ++i) {
			ring_waiter sleeper{ring, for_ever, maxevents};
			ASSERT_TRUE(sleeper.falls_asleep());
			signal_eventfd(counter);
			ASSERT_THAT(sleeper.result(), returns(0));
			ASSERT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
		}
	}
}

// behaviours: 30
TEST_F(RingWait, sleeps_until_add_or_mod_posts)
{
	const event_set set = create();
	mapped_ring ring{set, 8};
	const unique_fd counter = make_eventfd(1);
	{
		ring_waiter sleeper{ring};
		ASSERT_TRUE(sleeper.falls_asleep());
		ASSERT_THAT(ring.add(counter, edge), succeeds());
		EXPECT_THAT(sleeper.result(), returns(0));
		EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
	}
	ring_waiter sleeper{ring};
	ASSERT_TRUE(sleeper.falls_asleep());
	ASSERT_THAT(ring.mod(counter, edge), succeeds());
	EXPECT_THAT(sleeper.result(), returns(0));
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
}

// behaviours: 53, 91
TEST_F(RingWait, delivers_what_is_not_on_the_ring_if_it_has_room)
{
	const event_set set = create();
	mapped_ring ring{set, 8};
	const unique_fd level = make_eventfd();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(level, EPOLLIN), succeeds());
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	{
		ring_waiter sleeper{ring, for_ever, 4};
		ASSERT_TRUE(sleeper.falls_asleep());
		signal_eventfd(level);
		EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, level}}));
	}
	signal_eventfd(counter);
	EXPECT_THAT(ring.wait(for_ever, 4), delivers({{EPOLLIN, level}})) << "and then the ring is looked at";
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
}

TEST_F(RingWait, tells_one_without_room_that_there_are_events)
{
	const event_set set = create();
	const mapped_ring ring{set, 8};
	const unique_fd level = make_eventfd();
	ASSERT_THAT(set.add(level, EPOLLIN), succeeds());
	ring_waiter sleeper{ring};
	ASSERT_TRUE(sleeper.falls_asleep());
	signal_eventfd(level);
	EXPECT_THAT(sleeper.result(), returns(0));
	EXPECT_THAT(ring.wait(for_ever), returns(0)) << "at once";
	EXPECT_EQ(ring.state(), __u32{MYEPOLL_RING_WAIT});
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, level}}));
}

// behaviours: 76, 77, 79, 80
TEST_F(RingWait, ends_at_its_deadline)
{
	const event_set set = create();
	const mapped_ring ring{set, 8};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	const __kernel_timespec timespec{.tv_sec = 0, .tv_nsec = 20'000'000};
	myepoll_wait with_ns = ringed();
	with_ns.timeout_ns = timespec.tv_nsec;
	myepoll_wait with_timespec = ringed();
	with_timespec.flags |= MYEPOLL_WAIT_TIMESPEC;
	with_timespec.timeout_ns = static_cast<__s64>(address(&timespec));
	myepoll_wait without_room = with_ns;
	without_room.maxevents = 0;
	for (const myepoll_wait& argument : {with_ns, with_timespec, without_room}) {
		const auto start = std::chrono::steady_clock::now();
		EXPECT_THAT(wait(set, argument), returns(0));
		EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
	}
}

// A wakeup by something that is not ready after all.
//
// behaviours: 49
TEST_F(RingWait, sleeps_on_to_its_deadline_after_a_wakeup_in_vain)
{
	const event_set set = create();
	const mapped_ring ring{set, 8};
	const socket_ends pair = make_unix_pair();
	ASSERT_THAT(set.add(pair.ours, EPOLLPRI), succeeds());
	const auto start = std::chrono::steady_clock::now();
	ring_waiter sleeper{ring, 50ms, 1};
	while (!sleeper.returned())
		checked(shutdown(pair.peer, SHUT_WR), "shutdown"); // wakes without a key, each time
	EXPECT_THAT(sleeper.result(), delivers_nothing());
	EXPECT_GE(std::chrono::steady_clock::now() - start, 50ms);
}

// behaviours: 83, 84, 86
TEST_F(RingWait, is_interrupted_by_a_signal_if_there_is_no_event)
{
	const event_set set = create();
	mapped_ring ring{set, 8};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	for (const int maxevents : {0, 1}) {
		ring_waiter sleeper{ring, for_ever, maxevents};
		ASSERT_TRUE(sleeper.falls_asleep());
		sleeper.interrupt();
		EXPECT_THAT(sleeper.result(), fails_with(EINTR));
	}
	block_signals({SIGUSR1});
	const signal_counter counted{SIGUSR1};
	const sigset_t none = signal_set({});
	myepoll_wait argument = ringed();
	argument.timeout_ns = -1;
	argument.sigmask = address(&none);
	argument.sigsetsize = kernel_sigset_size;
	raise(SIGUSR1);
	signal_eventfd(counter);
	EXPECT_THAT(wait(set, argument), returns(0)) << "the event comes first";
	EXPECT_EQ(counted.count(), 0);
	ring.take();
	argument.pad = ring.head();
	EXPECT_THAT(wait(set, argument), fails_with(EINTR));
	EXPECT_EQ(counted.count(), 1);
	EXPECT_TRUE(is_blocked(SIGUSR1));
}

// behaviours: 88
TEST_F(RingWait, hides_signals_behind_its_mask)
{
	const event_set set = create();
	const mapped_ring ring{set, 8};
	const sigset_t usr1 = signal_set({SIGUSR1});
	const signal_counter counted{SIGUSR1};
	myepoll_wait argument = ringed();
	argument.sigmask = address(&usr1);
	argument.sigsetsize = kernel_sigset_size;
	argument.timeout_ns = 1'000'000;
	EXPECT_THAT(wait(set, argument), returns(0));
	EXPECT_FALSE(is_blocked(SIGUSR1));
}

TEST_F(RingWait, of_a_change_begins_after_its_entries)
{
	const event_set set = create();
	mapped_ring ring{set, 8};
	const unique_fd counter = make_eventfd(1);
	changes batch{entry(add, counter, edge)};
	batch.entries()[0].flags = MYEPOLL_ENTRY_RING;
	batch.wait_for(0, for_ever);
	myepoll_change argument = batch.argument();
	argument.wait.flags = MYEPOLL_WAIT_RING;
	argument.wait.pad = ring.head();
	EXPECT_THAT(batch.apply(set, argument), returns(0)) << "without room for events";
	EXPECT_THAT(batch.results(), ElementsAre(0));
	EXPECT_EQ(batch.tried(), 1U);
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
}

TEST_F(RingWait, of_a_change_sleeps)
{
	const event_set set = create();
	mapped_ring ring{set, 8};
	const unique_fd counter = make_eventfd();
	const unique_fd level = make_eventfd();
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	for (const int maxevents : {0, 2}) {
		changes batch{entry(set_op, level, EPOLLIN)};
		delivery got;
		helper_thread sleeper{[&] {
			batch.wait_for(maxevents, for_ever);
			myepoll_change argument = batch.argument();
			argument.wait.flags = MYEPOLL_WAIT_RING;
			argument.wait.pad = ring.head();
			got = batch.apply(set, argument);
		}};
		await([&] { return sleeper.finished() || asleep_in_wait(sleeper.state(), set.fd()); });
		ASSERT_FALSE(sleeper.finished());
		signal_eventfd(counter);
		sleeper.join();
		EXPECT_THAT(got, returns(0));
		EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
	}
}

TEST_F(RingWait, of_a_change_only_looks_if_told_so_and_an_entry_failed)
{
	const event_set set = create();
	const mapped_ring ring{set, 8};
	for (const int maxevents : {0, 1}) {
		changes batch{entry(del, -1)};
		batch.wait_for(maxevents, for_ever).set_flags(MYEPOLL_CHANGE_NO_SLEEP_AFTER_ERROR);
		myepoll_change argument = batch.argument();
		argument.wait.flags = MYEPOLL_WAIT_RING;
		EXPECT_THAT(batch.apply(set, argument), returns(0));
		EXPECT_THAT(batch.results(), ElementsAre(-EBADF));
	}
}

// behaviours: 90, 91
TEST_F(RingWait, is_ended_by_one_event_each)
{
	constexpr std::size_t crowd = 5;
	const event_set set = create();
	mapped_ring ring{set, 8};
	std::deque<ring_waiter> sleepers;
	std::vector<unique_fd> counters;
	for (std::size_t i = 0; i < crowd; ++i) {
		ASSERT_TRUE(sleepers.emplace_back(ring).falls_asleep());
		counters.push_back(make_eventfd());
		ASSERT_THAT(ring.add(counters[i], edge), succeeds());
	}
	for (std::size_t i = 0; i < crowd; ++i) {
		signal_eventfd(counters[i]);
		EXPECT_THAT(sleepers[crowd - 1 - i].result(), returns(0)) << "last come, first served";
		for (std::size_t other = 0; other + 1 < crowd - i; ++other)
			EXPECT_TRUE(sleepers[other].still_asleep()) << other;
	}
	EXPECT_EQ(ring.take().events.size(), crowd);
}

// behaviours: 128
TEST_F(RingWait, is_not_ended_by_what_is_taken_back)
{
	const event_set set = create();
	mapped_ring ring{set, 8};
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	ring.take();
	ASSERT_THAT(ring.mod(counter, edge), succeeds());
	mapped_ring other{set, duplicate(ring.fd())};
	EXPECT_THAT(other.take(), delivers({{EPOLLIN, counter}}));
	ring_waiter sleeper{other};
	ASSERT_TRUE(sleeper.falls_asleep());
	ASSERT_THAT(set.del(counter), succeeds());
	EXPECT_TRUE(sleeper.still_asleep());
}

// behaviours: 135
TEST_F(RingWait, by_poll_ends_while_an_event_is_not_taken)
{
	const event_set set = create();
	mapped_ring ring{set, 2};
	const unique_fd first = make_eventfd();
	const unique_fd second = make_eventfd();
	ASSERT_THAT(ring.add(first, edge), succeeds());
	ASSERT_THAT(ring.add(second, edge), succeeds());
	EXPECT_FALSE(readable_by_poll(set));
	signal_eventfd(first);
	signal_eventfd(second);
	EXPECT_TRUE(readable_by_poll(set));
	EXPECT_TRUE(readable_by_poll(set)) << "it takes nothing";
	ring.take(1);
	EXPECT_TRUE(readable_by_poll(set));
	ASSERT_THAT(set.del(second), succeeds());
	EXPECT_FALSE(readable_by_poll(set)) << "what was taken back does not count";
	ring.take();
	EXPECT_FALSE(readable_by_poll(set));
}

// The newer one was taken back, and the older one is still there.
TEST_F(RingWait, by_poll_looks_behind_what_was_taken_back)
{
	const event_set set = create();
	mapped_ring ring{set, 4};
	const unique_fd first = make_eventfd();
	const unique_fd second = make_eventfd();
	ASSERT_THAT(ring.add(first, edge), succeeds());
	ASSERT_THAT(ring.add(second, edge), succeeds());
	signal_eventfd(first);
	signal_eventfd(second);
	ASSERT_THAT(set.del(second), succeeds());
	EXPECT_TRUE(readable_by_poll(set));
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, first}}));
	EXPECT_FALSE(readable_by_poll(set));
}

// behaviours: 136
TEST_F(RingWait, by_poll_is_ended_by_an_event)
{
	const event_set set = create();
	const mapped_ring ring{set, 4};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	int result = 0;
	helper_thread sleeper{[&] {
		pollfd asked{set.fd(), POLLIN, 0};
		result = poll(&asked, 1, -1);
	}};
	await([&] { return sleeper.finished() || sleeper.state().state == 'S'; });
	ASSERT_FALSE(sleeper.finished());
	signal_eventfd(counter);
	sleeper.join();
	EXPECT_EQ(result, 1);
}

//	outer-(inner)-(edge)-counter: the outer set sees each event that is posted, and as long as one is not taken.
//
// behaviours: 115, 117, 135
TEST_F(RingWait, by_an_outer_set_works_on_the_kernels_epoll_and_on_myepoll)
{
	for (const backend which : {backend::epoll, backend::myepoll}) {
		const event_set level{which};
		const event_set edges{which};
		const event_set inner = create();
		mapped_ring ring{inner, 4};
		const unique_fd counter = make_eventfd();
		ASSERT_THAT(ring.add(counter, edge), succeeds());
		ASSERT_THAT(level.add(inner.fd(), EPOLLIN, 1), succeeds());
		ASSERT_THAT(edges.add(inner.fd(), edge, 2), succeeds());
		for (int i = 0; i < 2; ++i) {
			waiter sleeper{edges};
			ASSERT_TRUE(sleeper.falls_asleep());
			signal_eventfd(counter);
			EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, 2}}));
			EXPECT_THAT(edges.wait(), delivers_nothing());
			EXPECT_THAT(level.wait(), delivers({{EPOLLIN, 1}}));
			EXPECT_THAT(level.wait(), delivers({{EPOLLIN, 1}}));
			ring.take();
			EXPECT_THAT(level.wait(), delivers_nothing());
		}
	}
}

} // namespace
