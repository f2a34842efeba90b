// SPDX-License-Identifier: GPL-2.0-only
// Edge-triggered items: reported once for each wakeup by the target.
#include "support/test.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <vector>

using namespace support;

namespace {

SEMANTICS_SUITE(EdgeTriggered);

// A target, and the descriptor that makes it readable.
struct stream {
	const char* name;
	unique_fd reader;
	unique_fd writer;
	std::size_t unit; // bytes of one write
};

std::vector<stream> all_streams()
{
	std::vector<stream> streams;
	pipe_ends pipe = make_pipe();
	streams.push_back({"pipe", std::move(pipe.reader), std::move(pipe.writer), 2});
	socket_ends pair = make_unix_pair();
	streams.push_back({"socketpair", std::move(pair.ours), std::move(pair.peer), 2});
	unique_fd counter = make_eventfd(0, EFD_SEMAPHORE);
	unique_fd same_counter = duplicate(counter);
	streams.push_back({"eventfd", std::move(counter), std::move(same_counter), 8});
	return streams;
}

// Writes enough data for two calls of read_one().
void write_two(const stream& s)
{
	if (s.unit == 8)
		signal_eventfd(s.writer, 2);
	else
		write_bytes(s.writer, 2);
}

void read_one(const stream& s) { read_bytes(s.reader, s.unit == 8 ? 8 : 1); }

// behaviours: 54
TEST_P(EdgeTriggered, reports_a_write_once)
{
	for (const stream& s : all_streams()) {
		SCOPED_TRACE(s.name);
		const event_set set = create();
		ASSERT_THAT(set.add(s.reader, EPOLLIN | EPOLLET), succeeds());
		EXPECT_THAT(set.wait(), delivers_nothing());

		write_two(s);

		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, s.reader}}));
		EXPECT_THAT(set.wait(), delivers_nothing());
	}
}

// behaviours: 54
TEST_P(EdgeTriggered, reports_nothing_for_a_partial_read)
{
	for (const stream& s : all_streams()) {
		SCOPED_TRACE(s.name);
		const event_set set = create();
		ASSERT_THAT(set.add(s.reader, EPOLLIN | EPOLLET), succeeds());
		write_two(s);
		ASSERT_THAT(set.wait(), delivers({{EPOLLIN, s.reader}}));

		read_one(s);

		EXPECT_THAT(set.wait(), delivers_nothing());
	}
}

// behaviours: 54
TEST_P(EdgeTriggered, reports_a_second_write_though_nothing_was_read)
{
	for (const stream& s : all_streams()) {
		SCOPED_TRACE(s.name);
		const event_set set = create();
		ASSERT_THAT(set.add(s.reader, EPOLLIN | EPOLLET), succeeds());
		write_two(s);
		ASSERT_THAT(set.wait(), delivers({{EPOLLIN, s.reader}}));

		write_two(s);

		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, s.reader}}));
		EXPECT_THAT(set.wait(), delivers_nothing());
	}
}

// behaviours: 54
TEST_P(EdgeTriggered, reports_two_writes_before_a_wait_as_one)
{
	for (const stream& s : all_streams()) {
		SCOPED_TRACE(s.name);
		const event_set set = create();
		ASSERT_THAT(set.add(s.reader, EPOLLIN | EPOLLET), succeeds());

		write_two(s);
		write_two(s);

		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, s.reader}}));
		EXPECT_THAT(set.wait(), delivers_nothing());
	}
}

// behaviours: 54
TEST_P(EdgeTriggered, reports_what_was_ready_when_it_was_added)
{
	for (const stream& s : all_streams()) {
		SCOPED_TRACE(s.name);
		write_two(s);
		const event_set set = create();

		ASSERT_THAT(set.add(s.reader, EPOLLIN | EPOLLET), succeeds());

		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, s.reader}}));
		EXPECT_THAT(set.wait(), delivers_nothing());
	}
}

// behaviours: 55
TEST_P(EdgeTriggered, leaves_it_to_the_target_when_there_is_room_again)
{
	const event_set set = create();
	const pipe_ends pipe = make_pipe();
	checked(fcntl(pipe.writer, F_SETPIPE_SZ, 4096), "F_SETPIPE_SZ");
	fill(pipe.writer);
	ASSERT_THAT(set.add(pipe.writer, EPOLLOUT | EPOLLET), succeeds());

	EXPECT_THAT(set.wait(), delivers_nothing());
	read_bytes(pipe.reader, 100);
	EXPECT_THAT(set.wait(), delivers_nothing());
	drain(pipe.reader);
	EXPECT_THAT(set.wait(), delivers({{EPOLLOUT, pipe.writer}}));
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 56
TEST_P(EdgeTriggered, is_consumed_by_a_wait_and_not_by_poll)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	signal_eventfd(counter);
	pollfd instance{set.fd(), POLLIN, 0};

	EXPECT_EQ(poll(&instance, 1, 0), 1);
	EXPECT_EQ(poll(&instance, 1, 0), 1);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
	EXPECT_EQ(poll(&instance, 1, 0), 0);
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 56
TEST_P(EdgeTriggered, is_not_consumed_by_an_outer_epoll)
{
	const event_set inner = create();
	const event_set outer{backend::epoll};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN | EPOLLET), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());
	signal_eventfd(counter);

	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, inner.fd()}}));
	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, inner.fd()}}));
	EXPECT_THAT(inner.wait(), delivers({{EPOLLIN, counter}}));
	EXPECT_THAT(outer.wait(), delivers_nothing());
}

// behaviours: 62
TEST_P(EdgeTriggered, wakes_one_sleeper_for_each_write)
{
	constexpr int sleepers = 4;
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	waiter_crowd crowd{set, sleepers};
	ASSERT_TRUE(crowd.all_asleep());

	for (int written = 1; written <= sleepers; ++written) {
		signal_eventfd(counter);
		crowd.await_returned(written);
		EXPECT_EQ(crowd.count_asleep(), sleepers - written);
	}
	for (std::size_t i = 0; i < sleepers; ++i)
		EXPECT_THAT(crowd[i].result(), delivers({{EPOLLIN, counter}}));
}

} // namespace
