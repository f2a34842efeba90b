// SPDX-License-Identifier: GPL-2.0-only
// What closing an instance does to its targets, watchers and waiters.
#include "support/test.hpp"

#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/syscall.h>

using namespace support;

namespace {

SEMANTICS_SUITE(CloseInstance);

// An asynchronous poll: the kernel holds a reference to the file, and no thread sleeps.
class aio_poll {
public:
	explicit aio_poll(int fd)
	{
		checked(static_cast<int>(syscall(SYS_io_setup, 1, &context_)), "io_setup");
		iocb request{};
		request.aio_lio_opcode = IOCB_CMD_POLL;
		request.aio_fildes = static_cast<__u32>(fd);
		request.aio_buf = POLLIN;
		iocb* requests[] = {&request};
		checked(static_cast<int>(syscall(SYS_io_submit, context_, 1, requests)), "io_submit");
	}
	aio_poll(const aio_poll&) = delete;
	aio_poll& operator=(const aio_poll&) = delete;
	~aio_poll() { syscall(SYS_io_destroy, context_); }

	// Waits for the completion and returns its mask.
	long long result() const
	{
		io_event done{};
		checked(static_cast<int>(syscall(SYS_io_getevents, context_, 1, 1, &done, nullptr)),
			"io_getevents");
		return done.res;
	}

private:
	aio_context_t context_ = 0;
};

// behaviours: 40
TEST_P(CloseInstance, leaves_its_targets_open)
{
	event_set set = create();
	const pipe_ends pipe = make_pipe();
	ASSERT_THAT(set.add(pipe.reader, EPOLLIN), succeeds());

	set.close();
	write_bytes(pipe.writer, 3);
	EXPECT_EQ(read_bytes(pipe.reader, 3), 3U);
}

// behaviours: 121
TEST_P(CloseInstance, leaves_other_sets_with_the_same_targets_alone)
{
	event_set set = create();
	const event_set other = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(other.add(counter, EPOLLIN), succeeds());

	set.close();
	signal_eventfd(counter);
	EXPECT_THAT(other.wait(), delivers({{EPOLLIN, counter}}));
}

// behaviours: 121
TEST_P(CloseInstance, before_its_targets_or_after_them_makes_no_difference)
{
	for (const bool instance_first : {true, false}) {
		event_set set = create();
		std::vector<socket_ends> sockets;
		for (int i = 0; i < 50; ++i) {
			sockets.push_back(make_unix_pair());
			ASSERT_THAT(set.add(sockets.back().ours, EPOLLIN | EPOLLOUT), succeeds());
		}

		if (instance_first)
			set.close();
		for (socket_ends& ends : sockets) {
			ends.ours.close();
			EXPECT_EQ(read_bytes(ends.peer, 1), 0U) << "no end of file";
		}
	}
}

// behaviours: 123
TEST_P(CloseInstance, of_one_of_its_descriptors_leaves_it_working)
{
	event_set set = create();
	const event_set twin{GetParam(), duplicate(set.fd())};
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());

	set.close();
	EXPECT_THAT(twin.wait(), delivers({{EPOLLIN, counter}}));
	EXPECT_THAT(twin.del(counter), succeeds());
}

// behaviours: 128
TEST_P(CloseInstance, does_not_wake_its_waiter_which_goes_on_to_receive_events)
{
	event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());

	set.close();
	EXPECT_TRUE(sleeper.still_asleep());
	signal_eventfd(counter);
	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, counter}}));
}

// behaviours: 128
TEST_P(CloseInstance, does_not_wake_its_poller_which_finds_out_when_an_event_comes)
{
	event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	pollfd request{set.fd(), POLLIN, 0};
	helper_thread poller{[&request] { poll(&request, 1, -1); }};
	await([&poller] { return asleep_in(poller.state(), SYS_poll); });

	set.close();
	EXPECT_TRUE(asleep_in(poller.state(), SYS_poll));
	signal_eventfd(counter);
	poller.join();
	// poll() looks up the descriptor again.
	EXPECT_EQ(request.revents, POLLNVAL);
}

// behaviours: 129
TEST_P(CloseInstance, does_not_strand_an_asynchronous_poll)
{
	event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	const aio_poll watcher{set.fd()};

	set.close();
	signal_eventfd(counter);
	EXPECT_EQ(watcher.result(), POLLIN);
}

//	outer (kernel epoll) <- set <- counter
//
// behaviours: 119
TEST_P(CloseInstance, takes_it_out_of_an_outer_epoll)
{
	const event_set outer{backend::epoll};
	event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(set.fd(), EPOLLIN), succeeds());
	ASSERT_THAT(outer.wait(), delivers({{EPOLLIN, set.fd()}}));

	set.close();
	EXPECT_THAT(outer.wait(), delivers_nothing());
	EXPECT_THAT(fdinfo_of(outer.fd()), testing::IsEmpty());
}

// behaviours: 121, 156
TEST_P(CloseInstance, ends_all_calls_from_its_targets)
{
	const pipe_ends pipe = make_pipe();
	for (int i = 0; i < 100; ++i) {
		event_set set = create();
		ASSERT_THAT(set.add(pipe.reader, EPOLLIN), succeeds());
		ASSERT_THAT(set.add(pipe.writer, EPOLLOUT), succeeds());
		set.close();
		// Uses freed memory if a wait entry of the set is still in the pipe's wait queue.
		write_bytes(pipe.writer, 1);
		drain(pipe.reader);
	}
	const event_set set = create();
	ASSERT_THAT(set.add(pipe.reader, EPOLLIN), succeeds());
	EXPECT_THAT(set.wait(), delivers_nothing());
}

} // namespace
