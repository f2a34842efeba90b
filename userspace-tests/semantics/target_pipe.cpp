// SPDX-License-Identifier: GPL-2.0-only
// Pipes as targets.
#include "support/test.hpp"
#include "support/watch.hpp"

#include <fcntl.h>

using namespace support;

namespace {

SEMANTICS_SUITE(TargetPipe);

// behaviours: 43, 53, 54
TEST_P(TargetPipe, reader_follows_the_data)
{
	const pipe_ends pipe = make_pipe();
	const watch seen{GetParam(), pipe.reader, all_events};
	EXPECT_THAT(seen.now(), stays_at(0));

	write_bytes(pipe.writer, 2);
	EXPECT_THAT(seen.now(), wakes_with(readable));
	read_bytes(pipe.reader, 1);
	EXPECT_THAT(seen.now(), stays_at(readable));
	write_bytes(pipe.writer, 1);
	EXPECT_THAT(seen.now(), wakes_with(readable));
	drain(pipe.reader);
	EXPECT_THAT(seen.now(), stays_at(0));
}

// behaviours: 43, 53, 54
TEST_P(TargetPipe, reader_hangs_up_with_the_last_writer)
{
	pipe_ends pipe = make_pipe();
	unique_fd second_writer = duplicate(pipe.writer);
	const watch seen{GetParam(), pipe.reader, all_events};

	pipe.writer.close();
	EXPECT_THAT(seen.now(), stays_at(0));
	second_writer.close();
	EXPECT_THAT(seen.now(), wakes_with(EPOLLHUP));
	EXPECT_THAT(seen.now(), stays_at(EPOLLHUP));
}

// behaviours: 43, 53, 54
TEST_P(TargetPipe, reader_hung_up_still_has_its_data)
{
	pipe_ends pipe = make_pipe();
	const watch seen{GetParam(), pipe.reader, all_events};
	write_bytes(pipe.writer, 1);
	ASSERT_THAT(seen.now(), wakes_with(readable));

	pipe.writer.close();
	EXPECT_THAT(seen.now(), wakes_with(readable | EPOLLHUP));
	drain(pipe.reader);
	EXPECT_THAT(seen.now(), stays_at(EPOLLHUP));
}

// behaviours: 43, 53, 54
TEST_P(TargetPipe, writer_follows_the_room)
{
	const pipe_ends pipe = make_pipe();
	const watch seen{GetParam(), pipe.writer, EPOLLOUT | EPOLLWRNORM};
	EXPECT_THAT(seen.now(), wakes_with(writable));

	fill(pipe.writer);
	EXPECT_THAT(seen.now(), stays_at(0));
	drain(pipe.reader);
	EXPECT_THAT(seen.now(), wakes_with(writable));
}

// behaviours: 43, 53, 54
TEST_P(TargetPipe, writer_without_a_reader_is_in_error)
{
	pipe_ends pipe = make_pipe();
	const watch seen{GetParam(), pipe.writer, all_events};
	ASSERT_THAT(seen.now(), wakes_with(writable));

	pipe.reader.close();

	EXPECT_THAT(seen.now(), wakes_with(writable | EPOLLERR));
}

// behaviours: 43, 53, 54
TEST_P(TargetPipe, full_writer_without_a_reader_is_in_error_only)
{
	pipe_ends pipe = make_pipe();
	const watch seen{GetParam(), pipe.writer, EPOLLOUT};
	ASSERT_THAT(seen.now(), wakes_with(EPOLLOUT));
	fill(pipe.writer);

	pipe.reader.close();

	EXPECT_THAT(seen.now(), wakes_with(EPOLLERR));
}

// behaviours: 43, 53, 54
TEST_P(TargetPipe, in_packet_mode_is_readable_until_the_last_packet)
{
	const pipe_ends pipe = make_pipe();
	checked(fcntl(pipe.writer, F_SETFL, O_NONBLOCK | O_DIRECT), "F_SETFL");
	const watch seen{GetParam(), pipe.reader, EPOLLIN};
	write_bytes(pipe.writer, 10);
	write_bytes(pipe.writer, 10);
	ASSERT_THAT(seen.now(), wakes_with(EPOLLIN));

	read_bytes(pipe.reader, 1);
	EXPECT_THAT(seen.now(), stays_at(EPOLLIN));
	read_bytes(pipe.reader, 1);
	EXPECT_THAT(seen.now(), stays_at(0));
}

} // namespace
