// SPDX-License-Identifier: GPL-2.0-only
// What closing a watched file does, in the set and elsewhere. All of it is done when close()
// returns.
#include "support/test.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include <csignal>

using namespace support;

namespace {

SEMANTICS_SUITE(CloseTarget);

// The errno of writing one byte, 0 on success.
int write_error(int fd)
{
	std::signal(SIGPIPE, SIG_IGN);
	return write(fd, "x", 1) == 1 ? 0 : errno;
}

// The result of reading one byte: 1, 0 at end of file, or -errno.
long read_result(int fd)
{
	char byte = 0;
	const ssize_t count = read(fd, &byte, 1);
	return count < 0 ? -errno : count;
}

// Waits until there is data to read or the other end is closed.
void await_readable(int fd)
{
	pollfd ready{fd, POLLIN, 0};
	poll(&ready, 1, -1);
}

constexpr std::uint32_t modes[] = {EPOLLIN, EPOLLIN | EPOLLET, EPOLLIN | EPOLLONESHOT};

// behaviours: 121, 122
TEST_P(CloseTarget, takes_a_ready_target_out_of_the_set_without_an_event)
{
	const event_set set = create();
	for (const std::uint32_t mode : modes) {
		pipe_ends pipe = make_pipe();
		write_bytes(pipe.writer, 1);
		ASSERT_THAT(set.add(pipe.reader, mode), succeeds());

		pipe.reader.close();
		EXPECT_THAT(set.wait(), delivers_nothing());
		EXPECT_THAT(fdinfo_of(set.fd()), testing::IsEmpty());
	}
}

// behaviours: 40, 121
TEST_P(CloseTarget, of_a_pipe_reader_breaks_the_pipe)
{
	const event_set set = create();
	pipe_ends pipe = make_pipe();
	ASSERT_THAT(set.add(pipe.reader, EPOLLIN), succeeds());

	pipe.reader.close();
	EXPECT_EQ(write_error(pipe.writer), EPIPE);
}

// behaviours: 121
TEST_P(CloseTarget, of_a_pipe_writer_ends_the_file_for_the_reader)
{
	const event_set set = create();
	pipe_ends pipe = make_pipe();
	ASSERT_THAT(set.add(pipe.writer, EPOLLOUT), succeeds());

	pipe.writer.close();
	EXPECT_EQ(read_result(pipe.reader), 0);
}

// behaviours: 121
TEST_P(CloseTarget, of_a_unix_socket_ends_the_file_for_its_peer)
{
	const event_set set = create();
	socket_ends ends = make_unix_pair();
	ASSERT_THAT(set.add(ends.ours, EPOLLIN | EPOLLOUT), succeeds());

	ends.ours.close();
	EXPECT_EQ(read_result(ends.peer), 0);
}

// behaviours: 121
TEST_P(CloseTarget, of_a_tcp_socket_sends_fin)
{
	const event_set set = create();
	socket_ends ends = make_tcp_pair();
	ASSERT_THAT(set.add(ends.ours, EPOLLIN | EPOLLOUT), succeeds());

	ends.ours.close();
	await_readable(ends.peer);
	EXPECT_EQ(read_result(ends.peer), 0);
}

// behaviours: 121
TEST_P(CloseTarget, of_a_tcp_socket_with_unread_data_resets_the_connection)
{
	const event_set set = create();
	socket_ends ends = make_tcp_pair();
	ASSERT_THAT(set.add(ends.ours, EPOLLIN), succeeds());
	write_bytes(ends.peer, 1);
	await_readable(ends.ours);

	ends.ours.close();
	await_readable(ends.peer);
	EXPECT_EQ(read_result(ends.peer), -ECONNRESET);
}

// behaviours: 121
TEST_P(CloseTarget, of_a_listener_frees_its_port)
{
	const event_set set = create();
	unique_fd listener = make_tcp_listener();
	sockaddr_in address{};
	socklen_t length = sizeof(address);
	getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
	ASSERT_THAT(set.add(listener, EPOLLIN), succeeds());

	listener.close();
	const unique_fd next{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	EXPECT_EQ(bind(next, reinterpret_cast<const sockaddr*>(&address), length), 0)
		<< strerrorname_np(errno);
	EXPECT_EQ(listen(next, 1), 0) << strerrorname_np(errno);
}

// behaviours: 121
TEST_P(CloseTarget, of_a_terminal_master_hangs_up_its_slave)
{
	const event_set set = create();
	pty_ends pty = make_pty();
	ASSERT_THAT(set.add(pty.master, EPOLLIN), succeeds());

	pty.master.close();
	EXPECT_EQ(read_result(pty.slave), 0);
	EXPECT_EQ(write_error(pty.slave), EIO);
}

// behaviours: 121
TEST_P(CloseTarget, releases_its_flock)
{
	const event_set set = create();
	const temporary_folder folder;
	unique_fd locked = make_fifo(folder);
	const unique_fd other = open_file(folder.path("fifo"), O_RDWR | O_NONBLOCK);
	ASSERT_EQ(flock(locked, LOCK_EX | LOCK_NB), 0);
	ASSERT_EQ(flock(other, LOCK_EX | LOCK_NB), -1);
	ASSERT_THAT(set.add(locked, EPOLLIN), succeeds());

	locked.close();
	EXPECT_EQ(flock(other, LOCK_EX | LOCK_NB), 0) << strerrorname_np(errno);
}

// behaviours: 121
TEST_P(CloseTarget, releases_its_record_lock)
{
	const event_set set = create();
	const temporary_folder folder;
	unique_fd locked = make_fifo(folder);
	const unique_fd other = open_file(folder.path("fifo"), O_RDWR | O_NONBLOCK);
	struct flock whole{};
	whole.l_type = F_WRLCK;
	ASSERT_EQ(fcntl(locked, F_OFD_SETLK, &whole), 0);
	ASSERT_EQ(fcntl(other, F_OFD_SETLK, &whole), -1);
	ASSERT_THAT(set.add(locked, EPOLLIN), succeeds());

	locked.close();
	EXPECT_EQ(fcntl(other, F_OFD_SETLK, &whole), 0) << strerrorname_np(errno);
}

// behaviours: 121
TEST_P(CloseTarget, lets_its_file_system_be_unmounted)
{
	const event_set set = create();
	const temporary_folder folder;
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0)
		GTEST_SKIP() << "mounting is not permitted: " << strerrorname_np(errno);
	const std::string place = folder.path("");
	ASSERT_EQ(mount("none", place.c_str(), "tmpfs", 0, nullptr), 0) << strerrorname_np(errno);
	unique_fd fifo = make_fifo(folder);
	ASSERT_THAT(set.add(fifo, EPOLLIN), succeeds());
	ASSERT_EQ(umount(place.c_str()), -1);

	fifo.close();
	EXPECT_EQ(umount(place.c_str()), 0) << strerrorname_np(errno);
}

// behaviours: 123
TEST_P(CloseTarget, ends_the_watch_only_with_the_last_descriptor)
{
	const event_set set = create();
	pipe_ends pipe = make_pipe();
	const int number = pipe.reader;
	ASSERT_THAT(set.add(number, EPOLLIN), succeeds());
	unique_fd last = duplicate(number);

	pipe.reader.close();
	write_bytes(pipe.writer, 1);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, number}}));
	last.close();
	EXPECT_THAT(set.wait(), delivers_nothing());
	EXPECT_EQ(write_error(pipe.writer), EPIPE);
}

// behaviours: 123
TEST_P(CloseTarget, does_not_end_the_watch_of_a_file_that_is_still_mapped)
{
	const event_set set = create();
	io_uring_params parameters{};
	unique_fd ring{static_cast<int>(syscall(SYS_io_uring_setup, 1, &parameters))};
	if (ring < 0)
		GTEST_SKIP() << "io_uring is not available: " << strerrorname_np(errno);
	const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
	void* const mapping = mmap(nullptr, page, PROT_READ, MAP_SHARED, ring, IORING_OFF_SQES);
	ASSERT_NE(mapping, MAP_FAILED) << strerrorname_np(errno);
	const int number = ring;
	ASSERT_THAT(set.add(number, EPOLLOUT), succeeds());

	ring.close();
	EXPECT_THAT(set.wait(), delivers({{EPOLLOUT, number}}));
	munmap(mapping, page);
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 38, 123
TEST_P(CloseTarget, of_one_of_two_watched_duplicates_leaves_both_items)
{
	const event_set set = create();
	unique_fd counter = make_eventfd(1);
	const unique_fd twin = duplicate(counter);
	const int number = counter;
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(set.add(twin, EPOLLIN), succeeds());

	counter.close();
	EXPECT_THAT(set.wait(), delivers_in_any_order({{EPOLLIN, number}, {EPOLLIN, twin}}));
}

// behaviours: 121
TEST_P(CloseTarget, takes_it_out_of_every_set_under_every_number)
{
	std::vector<event_set> sets;
	for (int i = 0; i < 20; ++i)
		sets.push_back(create());
	unique_fd counter = make_eventfd(1);
	unique_fd twin = duplicate(counter);
	for (const event_set& set : sets) {
		ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
		ASSERT_THAT(set.add(twin, EPOLLIN | EPOLLET), succeeds());
	}

	counter.close();
	twin.close();
	for (const event_set& set : sets) {
		EXPECT_THAT(set.wait(), delivers_nothing());
		EXPECT_THAT(fdinfo_of(set.fd()), testing::IsEmpty());
	}
}

// behaviours: 124
TEST_P(CloseTarget, leaves_an_item_that_only_the_file_under_its_old_number_can_remove)
{
	const event_set set = create();
	unique_fd counter = make_eventfd();
	const int number = counter;
	ASSERT_THAT(set.add(number, EPOLLIN), succeeds());
	const unique_fd twin = duplicate(number);

	counter.close();
	EXPECT_THAT(set.del(number), fails_with(EBADF));
	EXPECT_THAT(set.del(twin), fails_with(ENOENT));
	counter = unique_fd{dup2(twin, number)};
	EXPECT_THAT(set.del(number), succeeds());
	EXPECT_THAT(fdinfo_of(set.fd()), testing::IsEmpty());
}

// behaviours: 128
TEST_P(CloseTarget, does_not_wake_a_waiter)
{
	const event_set set = create();
	unique_fd counter = make_eventfd();
	const unique_fd other = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(set.add(other, EPOLLIN), succeeds());
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());

	counter.close();
	EXPECT_TRUE(sleeper.still_asleep());
	signal_eventfd(other);
	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, other}}));
}

// behaviours: 128
TEST_P(CloseTarget, lets_a_waiter_time_out)
{
	const event_set set = create();
	unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	waiter sleeper{set, 200ms};
	sleeper.falls_asleep();

	counter.close();
	EXPECT_THAT(sleeper.result(), delivers_nothing());
}

} // namespace
