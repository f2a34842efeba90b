// SPDX-License-Identifier: GPL-2.0-only
// The library keeps no record of descriptors, so it cannot be wrong about one: duplicates,
// descriptors in messages, in children, closed and reused ones, kernel epolls in between.
#include "preload/program.hpp"

#include "support/passing.hpp"

#include <fcntl.h>
#include <sys/syscall.h>

using namespace support;

namespace {

class PreloadDescriptors : public device_test {
protected:
	event_set create() const { return event_set{backend::preload}; }
	// One that the library cannot have seen being created.
	event_set kernel_epoll() const
	{
		const long fd = kernel_call(SYS_epoll_create1, EPOLL_CLOEXEC);
		return event_set{backend::preload, unique_fd{static_cast<int>(fd)}};
	}
};

// behaviours: 123
TEST_F(PreloadDescriptors, a_duplicate_is_the_same_set)
{
	event_set set = create();
	const event_set again{backend::preload, duplicate(set.fd())};
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	set.close();
	EXPECT_THAT(again.wait(), delivers({{EPOLLIN, counter}}));
	EXPECT_THAT(again.del(counter), succeeds());
}

// behaviours: 127
TEST_F(PreloadDescriptors, a_set_that_came_in_a_message_works)
{
	const event_set set = create();
	const socket_ends ends = make_unix_pair();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());

	send_descriptor(ends.peer, set.fd());
	const event_set received{backend::preload, receive_descriptor(ends.ours)};

	EXPECT_THAT(received.wait(), delivers({{EPOLLIN, counter}}));
}

// behaviours: 41
TEST_F(PreloadDescriptors, a_child_uses_and_makes_sets)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	EXPECT_EQ(in_child([&] {
		EXPECT_THAT(set.add(counter, EPOLLIN), succeeds());
		const event_set own = create();
		EXPECT_THAT(own.add(set.fd(), EPOLLIN), succeeds());
		EXPECT_THAT(own.wait(), delivers({{EPOLLIN, set.fd()}}));
	}), 0);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
}

TEST_F(PreloadDescriptors, a_set_survives_exec)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN, 42), succeeds());
	const outcome ran = run_program({epoll_maker, "wait_on_3", "libc"}, preloaded(),
					[&] { dup2(set.fd(), 3); });
	EXPECT_EQ(ran.output, std::string{"1 with 42\n"} + made_by_module);
}

// behaviours: 126
TEST_F(PreloadDescriptors, nothing_but_the_set_is_left_to_a_program_that_is_executed)
{
	const outcome ran = run_program({"ls", "/proc/self/fd"}, {}, [] {
		close_range(3, ~0U, 0);
		EXPECT_EQ(epoll_create1(EPOLL_CLOEXEC), 3);
		EXPECT_EQ(epoll_create1(0), 4);
	});
	EXPECT_EQ(ran.output, "0\n1\n2\n3\n4\n"); // 3 is the folder that ls reads
}

TEST_F(PreloadDescriptors, a_kernel_epoll_works_as_ever)
{
	const event_set theirs = kernel_epoll();
	const unique_fd counter = make_eventfd(1);
	EXPECT_THAT(theirs.add(counter, EPOLLIN), succeeds());
	EXPECT_THAT(theirs.add(counter, EPOLLIN), fails_with(EEXIST));
	EXPECT_THAT(theirs.wait(for_ever), delivers({{EPOLLIN, counter}}));
	EXPECT_THAT(theirs.mod(counter, EPOLLOUT), succeeds());
	const sigset_t none = signal_set({});
	epoll_event event{};
	EXPECT_THAT(theirs.pwait(&event, 1, -1, &none, kernel_sigset_size), returns(1));
	EXPECT_THAT(theirs.pwait2(&event, 1, -1, &none, kernel_sigset_size), returns(1));
	EXPECT_THAT(theirs.del(counter), succeeds());
	EXPECT_THAT(theirs.wait(10ms), delivers_nothing());
}

// theirs <- set <- counter
TEST_F(PreloadDescriptors, a_kernel_epoll_can_watch_a_set)
{
	const event_set theirs = kernel_epoll();
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(theirs.add(set.fd(), EPOLLIN), succeeds());
	EXPECT_THAT(theirs.wait(), delivers({{EPOLLIN, set.fd()}}));
}

TEST_F(PreloadDescriptors, a_waiter_on_a_kernel_epoll_is_interrupted_once)
{
	const event_set theirs = kernel_epoll();
	waiter sleeper{theirs};
	ASSERT_TRUE(sleeper.falls_asleep());
	sleeper.interrupt();
	EXPECT_THAT(sleeper.result(), fails_with(EINTR));
}

TEST_F(PreloadDescriptors, a_number_is_what_it_is_now)
{
	const unique_fd counter = make_eventfd(1);
	const int number = create().fd(); // closed again
	{
		const event_set theirs = kernel_epoll();
		ASSERT_EQ(theirs.fd(), number);
		ASSERT_THAT(theirs.add(counter, EPOLLIN), succeeds());
		EXPECT_THAT(theirs.wait(), delivers({{EPOLLIN, counter}}));
	}
	const event_set set = create();
	ASSERT_EQ(set.fd(), number);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
}

// behaviours: 12
TEST_F(PreloadDescriptors, a_set_that_was_closed_in_bulk_is_gone)
{
	EXPECT_EQ(in_child([this] {
		const event_set set = create();
		close_range(3, ~0U, 0);
		EXPECT_THAT(set.wait(), fails_with(EBADF));
		const unique_fd next{epoll_create1(0)};
		EXPECT_EQ(next, 3);
		EXPECT_TRUE(is_instance(next));
	}), 0);
}

TEST_F(PreloadDescriptors, calls_that_succeed_leave_errno_alone)
{
	const event_set set = create();
	const event_set theirs = kernel_epoll();
	const unique_fd counter = make_eventfd(1);
	errno = ECANCELED;
	for (const event_set* const each : {&set, &theirs}) {
		EXPECT_THAT(each->add(counter, EPOLLIN), succeeds());
		EXPECT_THAT(each->wait(), delivers({{EPOLLIN, counter}}));
		EXPECT_THAT(each->del(counter), succeeds());
	}
	EXPECT_EQ(errno, ECANCELED);
}

} // namespace
