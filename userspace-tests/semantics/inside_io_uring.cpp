// SPDX-License-Identifier: GPL-2.0-only
// A set polled by an io_uring, and an io_uring watched by a set; the drawings read: watcher <- watched.
#include "support/ring.hpp"
#include "support/test.hpp"

using namespace support;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

SEMANTICS_SUITE(InsideIoUring);

// A wakeup cycle ends after a few rounds, because its members pass io_uring's mark (EPOLL_URING_WAKE)
// back to it. io_uring in 6.1 ignores the mark and ends the poll when its completion queue is full.
std::size_t few()
{
	return running_kernel() < kernel_version{6, 2} ? 2 * ring::usual_entries + 1 : 20;
}

// Collects completions until there are none, but gives up after 1000 rounds.
std::size_t count_completions(ring& uring)
{
	std::size_t count = 0;
	for (int looks = 0; looks < 1000; ++looks) {
		const std::size_t more = uring.completions().size();
		if (more == 0)
			break;
		count += more;
	}
	return count;
}

// ring (once) <- set <- counter
TEST_P(InsideIoUring, completes_a_poll_when_a_target_becomes_ready)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	ring uring;
	uring.poll_once(set.fd(), POLLIN);
	EXPECT_THAT(uring.completions(), IsEmpty());

	signal_eventfd(counter);

	EXPECT_THAT(uring.completions(), ElementsAre(POLLIN));
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
}

// ring (once) <- set <- counter
TEST_P(InsideIoUring, completes_a_poll_of_a_ready_set_at_once)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	ring uring;

	uring.poll_once(set.fd(), POLLIN | POLLRDNORM | POLLOUT);

	EXPECT_THAT(uring.completions(), ElementsAre(POLLIN | POLLRDNORM));
}

// ring (multishot) <- set <- counter (edge)
TEST_P(InsideIoUring, completes_a_multishot_poll_for_each_event)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	ring uring;
	uring.poll_on_and_on(set.fd(), POLLIN);

	for (int event = 0; event < 5; ++event) {
		signal_eventfd(counter);
		EXPECT_THAT(uring.completions(), ElementsAre(POLLIN));
		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
		EXPECT_THAT(uring.completions(), IsEmpty());
	}
}

// ring (once) <- set <- counter; the ring holds the last reference to the set
// behaviours: 123, 129
TEST_P(InsideIoUring, keeps_a_set_that_it_polls_alive)
{
	event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	ring uring;
	uring.poll_once(set.fd(), POLLIN);
	EXPECT_THAT(uring.completions(), IsEmpty());

	set.close();
	signal_eventfd(counter);

	EXPECT_THAT(uring.completions(), ElementsAre(POLLIN));
}

// ring (once) <- set <- counter
// behaviours: 129
TEST_P(InsideIoUring, lets_go_of_a_closed_set_when_the_poll_is_cancelled)
{
	event_set set = create();
	const pipe_ends pipe = make_pipe();
	ASSERT_THAT(set.add(pipe.reader, EPOLLIN), succeeds());
	ring uring;
	uring.poll_on_and_on(set.fd(), POLLIN);

	set.close();
	uring.cancel_polls();
	write_bytes(pipe.writer, 1);

	EXPECT_THAT(uring.completions(), IsEmpty());
}

// set <- ring
TEST_P(InsideIoUring, is_a_target_that_is_readable_while_there_are_completions)
{
	const event_set set = create();
	ring uring;
	ASSERT_THAT(set.add(uring.fd(), EPOLLIN), succeeds());
	EXPECT_THAT(set.wait(), delivers_nothing());

	uring.do_nothing();

	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, uring.fd()}}));
	uring.completions();
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// set <- ring
TEST_P(InsideIoUring, wakes_a_waiter_by_a_completion)
{
	const event_set set = create();
	ring uring;
	ASSERT_THAT(set.add(uring.fd(), EPOLLIN), succeeds());
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());

	uring.do_nothing();

	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, uring.fd()}}));
}

// ring (multishot) <- set <- the counter that the ring signals at each completion, other
// behaviours: 137
TEST_P(InsideIoUring, cannot_be_made_to_spin_through_its_own_eventfd)
{
	const event_set set = create();
	const unique_fd signalled = make_eventfd();
	const unique_fd other = make_eventfd();
	ASSERT_THAT(set.add(signalled, EPOLLIN), succeeds());
	ASSERT_THAT(set.add(other, EPOLLIN), succeeds());
	ring uring;
	uring.signals(signalled);
	uring.poll_on_and_on(set.fd(), POLLIN);

	signal_eventfd(other);

	EXPECT_LE(count_completions(uring), few());
}

// ring (multishot) <- set (edge) <- ring, other
// behaviours: 137
TEST_P(InsideIoUring, cannot_be_made_to_spin_by_polling_a_set_that_watches_it)
{
	const event_set set = create();
	const unique_fd other = make_eventfd();
	ring uring;
	ASSERT_THAT(set.add(uring.fd(), EPOLLIN | EPOLLET), succeeds());
	ASSERT_THAT(set.add(other, EPOLLIN), succeeds());
	uring.poll_on_and_on(set.fd(), POLLIN);

	signal_eventfd(other);

	EXPECT_LE(count_completions(uring), few());
}

// ring (multishot) <- outer <- inner <- the counter that the ring signals, other
// behaviours: 137
TEST_P(InsideIoUring, cannot_be_made_to_spin_through_a_set_in_a_set)
{
	const event_set outer = create();
	const event_set inner = create();
	const unique_fd signalled = make_eventfd();
	const unique_fd other = make_eventfd();
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());
	ASSERT_THAT(inner.add(signalled, EPOLLIN), succeeds());
	ASSERT_THAT(inner.add(other, EPOLLIN), succeeds());
	ring uring;
	uring.signals(signalled);
	uring.poll_on_and_on(outer.fd(), POLLIN);

	signal_eventfd(other);

	EXPECT_LE(count_completions(uring), few());
}

} // namespace
