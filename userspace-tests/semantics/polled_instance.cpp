// SPDX-License-Identifier: GPL-2.0-only
// The instance itself as the target of poll(2) and select(2).
#include "support/test.hpp"

#include <poll.h>
#include <sys/select.h>
#include <sys/syscall.h>

#include <deque>

using namespace support;

namespace {

SEMANTICS_SUITE(PolledInstance);

constexpr short every_event = POLLIN | POLLPRI | POLLOUT | POLLRDNORM | POLLRDBAND | POLLWRNORM |
			      POLLWRBAND | POLLMSG | POLLRDHUP;

// The events that poll(2) reports, 0 on timeout.
int poll_for(const event_set& set, short events, int timeout_ms = 0)
{
	pollfd instance{set.fd(), events, 0};
	checked(poll(&instance, 1, timeout_ms), "poll");
	return instance.revents;
}

// behaviours: 135
TEST_P(PolledInstance, is_readable_while_a_target_is_ready)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());

	EXPECT_EQ(poll_for(set, every_event), 0);
	signal_eventfd(counter);
	EXPECT_EQ(poll_for(set, every_event), POLLIN | POLLRDNORM);
	take_eventfd(counter);
	EXPECT_EQ(poll_for(set, every_event), 0);
}

// behaviours: 135
TEST_P(PolledInstance, is_readable_whatever_the_target_is_ready_for)
{
	const event_set set = create();
	pipe_ends pipe = make_pipe();
	pipe.reader.close();

	ASSERT_THAT(set.add(pipe.writer, EPOLLOUT), succeeds());

	EXPECT_EQ(poll_for(set, every_event), POLLIN | POLLRDNORM);
}

// behaviours: 135
TEST_P(PolledInstance, is_never_writable)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLOUT), succeeds());

	EXPECT_EQ(poll_for(set, POLLOUT | POLLWRNORM | POLLPRI), 0);
}

// behaviours: 135
TEST_P(PolledInstance, is_readable_before_and_after_an_edge_until_a_wait_takes_it)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());

	for (int i = 0; i < 3; ++i)
		EXPECT_EQ(poll_for(set, POLLIN), POLLIN);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
	EXPECT_EQ(poll_for(set, POLLIN), 0);
}

// behaviours: 135
TEST_P(PolledInstance, keeps_the_order_of_what_is_ready)
{
	const event_set set = create();
	const unique_fd first = make_eventfd();
	const unique_fd second = make_eventfd();
	ASSERT_THAT(set.add(first, EPOLLIN), succeeds());
	ASSERT_THAT(set.add(second, EPOLLIN), succeeds());
	signal_eventfd(second);
	signal_eventfd(first);

	ASSERT_EQ(poll_for(set, POLLIN), POLLIN);

	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, second}, {EPOLLIN, first}}));
}

// behaviours: 135
TEST_P(PolledInstance, works_with_select)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	fd_set reading;
	fd_set writing;
	FD_ZERO(&reading);
	FD_ZERO(&writing);
	FD_SET(set.fd(), &reading);
	FD_SET(set.fd(), &writing);
	timeval at_once{};

	EXPECT_EQ(select(set.fd() + 1, &reading, &writing, nullptr, &at_once), 1);
	EXPECT_TRUE(FD_ISSET(set.fd(), &reading));
	EXPECT_FALSE(FD_ISSET(set.fd(), &writing));
}

// behaviours: 136
TEST_P(PolledInstance, wakes_all_that_poll_it)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	std::deque<helper_thread> pollers;
	for (int i = 0; i < 3; ++i)
		pollers.emplace_back([&set] { EXPECT_EQ(poll_for(set, POLLIN, -1), POLLIN); });
	for (const helper_thread& poller : pollers)
		await([&poller] { return asleep_in(poller.state(), SYS_poll); });

	signal_eventfd(counter);

	for (helper_thread& poller : pollers)
		poller.join();
}

// behaviours: 30, 136
TEST_P(PolledInstance, wakes_its_poller_when_a_ready_target_is_added)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	helper_thread poller{[&set] { EXPECT_EQ(poll_for(set, POLLIN, -1), POLLIN); }};
	await([&poller] { return asleep_in(poller.state(), SYS_poll); });

	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());

	poller.join();
}

// behaviours: 115, 135
TEST_P(PolledInstance, wakes_only_those_that_ask_for_plain_input)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	const helper_thread poller{[&set] { poll_for(set, POLLRDNORM, -1); }};
	await([&poller] { return asleep_in(poller.state(), SYS_poll); });

	signal_eventfd(counter);

	EXPECT_TRUE(asleep_in(poller.state(), SYS_poll));
	EXPECT_EQ(poll_for(set, POLLRDNORM), POLLRDNORM);
}

} // namespace
