// SPDX-License-Identifier: GPL-2.0-only
// What happens while a wait scans the ready list. A target whose ->poll() does not return yet holds
// the scan in place.
#include "support/polled_file.hpp"
#include "support/test.hpp"

#include <poll.h>
#include <sys/syscall.h>

#include <optional>

using namespace support;

namespace {

class ScanInProgress : public semantics_test {
protected:
	std::optional<std::string> why_impossible() const override { return polled_file::why_impossible(); }
};

SEMANTICS_INSTANCES(ScanInProgress);

// A thread in the middle of a scan: it polls the slow target until that is released.
class stalled_scan {
public:
	stalled_scan(const event_set& set, polled_file& slow, int maxevents) : slow_{slow}
	{
		slow_.hold();
		scanner_.emplace(set, for_ever, maxevents);
		slow_.await_question();
	}
	~stalled_scan() { slow_.release(); }

	delivery finish()
	{
		slow_.release();
		return scanner_->result();
	}

private:
	polled_file& slow_;
	std::optional<waiter> scanner_;
};

// Waits until the thread blocks on the scan or has returned without blocking.
void await_blocked(const helper_thread& thread)
{
	await([&thread] { return thread.finished() || thread.state().state == 'D'; });
}

// behaviours: 106, 149
TEST_P(ScanInProgress, puts_arrivals_between_leftovers_and_what_it_requeues)
{
	const event_set set = create();
	polled_file slow{EPOLLIN};
	const unique_fd delivered = make_eventfd(1);
	const unique_fd left = make_eventfd(1);
	const unique_fd first = make_eventfd();
	const unique_fd second = make_eventfd();
	const unique_fd third = make_eventfd();
	for (const int fd : {int{delivered}, int{slow.fd()}, int{left}, int{third}, int{first}, int{second}})
		ASSERT_THAT(set.add(fd, EPOLLIN), succeeds());

	stalled_scan scan{set, slow, 2};
	for (const int fd : {int{first}, int{second}, int{third}})
		signal_eventfd(fd);
	EXPECT_THAT(scan.finish(), delivers({{EPOLLIN, delivered}, {EPOLLIN, slow.fd()}}));

	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, left},
					  {EPOLLIN, first},
					  {EPOLLIN, second},
					  {EPOLLIN, third},
					  {EPOLLIN, delivered},
					  {EPOLLIN, slow.fd()}}));
}

// behaviours: 54, 147
TEST_P(ScanInProgress, does_not_lose_the_next_edge_of_what_it_delivers)
{
	const event_set set = create();
	polled_file slow{EPOLLIN};
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	ASSERT_THAT(set.add(slow.fd(), EPOLLIN | EPOLLET), succeeds());

	stalled_scan scan{set, slow, 16};
	signal_eventfd(counter);
	EXPECT_THAT(scan.finish(), delivers({{EPOLLIN, counter}, {EPOLLIN, slow.fd()}}));

	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 94, 147
TEST_P(ScanInProgress, queues_nothing_twice)
{
	const event_set set = create();
	polled_file slow{EPOLLIN};
	const unique_fd delivered = make_eventfd(1);
	const unique_fd left = make_eventfd(1);
	const unique_fd fresh = make_eventfd();
	for (const int fd : {int{delivered}, int{slow.fd()}, int{left}, int{fresh}})
		ASSERT_THAT(set.add(fd, EPOLLIN), succeeds());

	stalled_scan scan{set, slow, 2};
	for (int i = 0; i < 3; ++i)
		for (const int fd : {int{delivered}, int{left}, int{fresh}})
			signal_eventfd(fd);
	EXPECT_THAT(scan.finish(), delivers({{EPOLLIN, delivered}, {EPOLLIN, slow.fd()}}));

	EXPECT_THAT(set.wait(), delivers_in_any_order({{EPOLLIN, left},
						       {EPOLLIN, fresh},
						       {EPOLLIN, delivered},
						       {EPOLLIN, slow.fd()}}));
}

// behaviours: 148
TEST_P(ScanInProgress, makes_nothing_deaf_that_came_and_went_meanwhile)
{
	const event_set set = create();
	polled_file slow{EPOLLIN};
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(set.add(slow.fd(), EPOLLIN | EPOLLET), succeeds());
	{
		stalled_scan scan{set, slow, 16};
		signal_eventfd(counter);
		take_eventfd(counter);
		EXPECT_THAT(scan.finish(), delivers({{EPOLLIN, counter}, {EPOLLIN, slow.fd()}}));
	}
	ASSERT_THAT(set.wait(), delivers_nothing());

	slow.wake();
	stalled_scan scan{set, slow, 16};
	signal_eventfd(counter);
	EXPECT_THAT(scan.finish(), delivers({{EPOLLIN, slow.fd()}}));

	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
}

// behaviours: 100
TEST_P(ScanInProgress, does_not_keep_a_new_event_from_waking_a_sleeper)
{
	const event_set set = create();
	polled_file slow{0};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(slow.fd(), EPOLLIN | EPOLLET), succeeds());
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());
	waiter scanner{set};
	ASSERT_TRUE(scanner.falls_asleep());
	slow.hold();
	slow.set(EPOLLIN);
	slow.wake();
	slow.await_question();

	ASSERT_TRUE(sleeper.still_asleep());
	signal_eventfd(counter);
	EXPECT_FALSE(sleeper.still_asleep());

	slow.release();
	EXPECT_THAT(scanner.result(), delivers({{EPOLLIN, slow.fd()}}));
	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, counter}}));
}

// behaviours: 95, 150
TEST_P(ScanInProgress, is_not_taken_for_an_empty_ready_list)
{
	const event_set set = create();
	polled_file slow{EPOLLIN};
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(slow.fd(), EPOLLIN | EPOLLET), succeeds());
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());

	stalled_scan scan{set, slow, 16};
	delivery second;
	helper_thread other{[&] { second = set.wait(); }};
	await_blocked(other);
	EXPECT_FALSE(other.finished());
	EXPECT_THAT(scan.finish(), delivers({{EPOLLIN, slow.fd()}, {EPOLLIN, counter}}));

	other.join();
	EXPECT_THAT(second, delivers({{EPOLLIN, counter}}));
}

// behaviours: 151
TEST_P(ScanInProgress, is_awaited_by_poll)
{
	const event_set set = create();
	polled_file slow{EPOLLIN};
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(slow.fd(), EPOLLIN | EPOLLET), succeeds());
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());

	stalled_scan scan{set, slow, 16};
	pollfd instance{set.fd(), POLLIN, 0};
	helper_thread poller{[&] { checked(poll(&instance, 1, 0), "poll"); }};
	await_blocked(poller);
	EXPECT_FALSE(poller.finished());
	scan.finish();

	poller.join();
	EXPECT_EQ(instance.revents, POLLIN);
}

// behaviours: 26
TEST_P(ScanInProgress, is_awaited_by_ctl)
{
	const event_set set = create();
	polled_file slow{EPOLLIN};
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(slow.fd(), EPOLLIN | EPOLLET), succeeds());

	stalled_scan scan{set, slow, 16};
	long result = -1;
	helper_thread adder{[&] { result = set.add(counter, EPOLLIN); }};
	await_blocked(adder);
	EXPECT_FALSE(adder.finished());
	EXPECT_THAT(scan.finish(), delivers({{EPOLLIN, slow.fd()}}));

	adder.join();
	EXPECT_EQ(result, 0);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
}

// behaviours: 130
TEST_P(ScanInProgress, outlives_the_target_it_asks)
{
	const event_set set = create();
	polled_file slow{EPOLLIN};
	const int number = slow.fd();
	ASSERT_THAT(set.add(number, EPOLLIN), succeeds());

	stalled_scan scan{set, slow, 16};
	slow.close();
	EXPECT_THAT(scan.finish(), delivers({{EPOLLIN, number}}));

	// The scan held the last reference; a worker may drop it later.
	await([&] { return fdinfo_of(set.fd()).empty(); });
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 136, 151
TEST_P(ScanInProgress, of_a_poll_does_not_lose_arrivals)
{
	const event_set set = create();
	polled_file slow{0};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(slow.fd(), EPOLLIN), succeeds());
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	pollfd instance{set.fd(), POLLIN, 0};
	helper_thread poller{[&] { checked(poll(&instance, 1, -1), "poll"); }};
	await([&poller] { return asleep_in(poller.state(), SYS_poll); });

	slow.hold();
	slow.wake();
	slow.await_question();
	signal_eventfd(counter);
	slow.release();

	poller.join();
	EXPECT_EQ(instance.revents, POLLIN);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
}

} // namespace
