// SPDX-License-Identifier: GPL-2.0-only
// FIFOs as targets: unlike an unnamed pipe, a FIFO can be opened for both directions, and a closed
// end can be opened again.
#include "support/test.hpp"
#include "support/watch.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <string>

using namespace support;

namespace {

SEMANTICS_SUITE(TargetFifo);

class named_fifo {
public:
	named_fifo() { checked(mkfifo(path().c_str(), 0600), "mkfifo"); }
	unique_fd open(int mode) const { return open_file(path(), mode | O_NONBLOCK); }

private:
	std::string path() const { return folder_.path("fifo"); }

	temporary_folder folder_;
};

// behaviours: 28
TEST_P(TargetFifo, opened_for_both_directions_is_watched_for_both)
{
	const named_fifo fifo;
	const unique_fd both = fifo.open(O_RDWR);
	const watch seen{GetParam(), both, EPOLLIN | EPOLLOUT};
	EXPECT_THAT(seen.now(), wakes_with(EPOLLOUT));

	write_bytes(both, 1);
	EXPECT_THAT(seen.now(), wakes_with(EPOLLIN | EPOLLOUT));
	fill(both);
	EXPECT_THAT(seen.now(), wakes_with(EPOLLIN));
	drain(both);
	EXPECT_THAT(seen.now(), wakes_with(EPOLLOUT));
}

// behaviours: 28
TEST_P(TargetFifo, opened_for_both_directions_is_left_by_one_del)
{
	const named_fifo fifo;
	const unique_fd both = fifo.open(O_RDWR);
	const event_set set = create();
	ASSERT_THAT(set.add(both, EPOLLIN | EPOLLOUT | EPOLLET), succeeds());
	ASSERT_THAT(set.wait(), delivers({{EPOLLOUT, both}}));

	ASSERT_THAT(set.del(both), succeeds());
	fill(both);
	drain(both);

	EXPECT_THAT(set.wait(), delivers_nothing());
	EXPECT_THAT(set.del(both), fails_with(ENOENT));
}

// behaviours: 43, 53, 54
TEST_P(TargetFifo, reader_does_not_hang_up_before_the_first_writer)
{
	const named_fifo fifo;
	const unique_fd reader = fifo.open(O_RDONLY);
	const watch seen{GetParam(), reader, all_events};
	EXPECT_THAT(seen.now(), stays_at(0));

	unique_fd writer = fifo.open(O_WRONLY);
	EXPECT_THAT(seen.now(), stays_at(0));
	writer.close();
	EXPECT_THAT(seen.now(), wakes_with(EPOLLHUP));
}

// behaviours: 43, 53, 54
TEST_P(TargetFifo, reader_hung_up_comes_back_with_the_next_writer)
{
	const named_fifo fifo;
	const unique_fd reader = fifo.open(O_RDONLY);
	const watch seen{GetParam(), reader, all_events};
	fifo.open(O_WRONLY).close();
	ASSERT_THAT(seen.now(), wakes_with(EPOLLHUP));

	const unique_fd writer = fifo.open(O_WRONLY);
	EXPECT_THAT(seen.now(), stays_at(0));
	write_bytes(writer, 1);
	EXPECT_THAT(seen.now(), wakes_with(readable));
}

// behaviours: 43, 53, 54
TEST_P(TargetFifo, writer_is_in_error_while_there_is_no_reader)
{
	const named_fifo fifo;
	unique_fd reader = fifo.open(O_RDONLY);
	const unique_fd writer = fifo.open(O_WRONLY);
	const watch seen{GetParam(), writer, all_events};
	ASSERT_THAT(seen.now(), wakes_with(writable));

	reader.close();
	EXPECT_THAT(seen.now(), wakes_with(writable | EPOLLERR));
	reader = fifo.open(O_RDONLY);
	EXPECT_THAT(seen.now(), stays_at(writable));
}

} // namespace
