// SPDX-License-Identifier: GPL-2.0-only
// Sets and targets that several processes have open: fork, exec, exit.
#include "support/test.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

#include <csignal>

using namespace support;

namespace {

SEMANTICS_SUITE(Inheritance);

// Blocks until killed.
void hold_everything()
{
	for (;;)
		pause();
}

// Waits until the last reader of the pipe is closed.
void await_no_reader(int writer)
{
	pollfd broken{writer, 0, 0};
	poll(&broken, 1, -1);
}

// behaviours: 123, 125
TEST_P(Inheritance, a_childs_copy_of_a_target_keeps_the_watch_alive)
{
	const event_set set = create();
	pipe_ends pipe = make_pipe();
	const int number = pipe.reader;
	ASSERT_THAT(set.add(number, EPOLLIN), succeeds());
	child_process holder{hold_everything};

	pipe.reader.close();
	write_bytes(pipe.writer, 1);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, number}}));
	holder.kill(SIGKILL);
	holder.join();
	EXPECT_THAT(set.wait(), delivers_nothing());
	EXPECT_THAT(fdinfo_of(set.fd()), testing::IsEmpty());
}

// behaviours: 121, 125
TEST_P(Inheritance, the_death_of_the_last_holder_breaks_the_pipe)
{
	std::signal(SIGPIPE, SIG_IGN);
	const event_set set = create();
	pipe_ends pipe = make_pipe();
	ASSERT_THAT(set.add(pipe.reader, EPOLLIN), succeeds());
	child_process holder{hold_everything};
	pipe.reader.close();
	ASSERT_EQ(write(pipe.writer, "x", 1), 1);

	holder.kill(SIGKILL);
	holder.join();
	EXPECT_EQ(write(pipe.writer, "x", 1), -1);
	EXPECT_EQ(errno, EPIPE);
}

// behaviours: 125
TEST_P(Inheritance, what_only_a_child_has_open_leaves_the_set_with_it)
{
	const event_set set = create();
	const unique_fd ready = make_eventfd();
	child_process child{[&] {
		const unique_fd own = make_eventfd(1);
		EXPECT_THAT(set.add(own, EPOLLIN, 7), succeeds());
		signal_eventfd(ready);
		hold_everything();
	}};
	pollfd added{ready, POLLIN, 0};
	poll(&added, 1, -1);

	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, 7}}));
	child.kill(SIGKILL);
	child.join();
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 41, 125
TEST_P(Inheritance, what_a_child_adds_of_shared_files_stays)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	in_child([&] { EXPECT_THAT(set.add(counter, EPOLLIN), succeeds()); });

	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
	EXPECT_THAT(set.del(counter), succeeds());
}

// behaviours: 41
TEST_P(Inheritance, a_child_can_remove_what_its_parent_added)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	in_child([&] { EXPECT_THAT(set.del(counter), succeeds()); });

	EXPECT_THAT(set.wait(), delivers_nothing());
	EXPECT_THAT(set.del(counter), fails_with(ENOENT));
}

// behaviours: 41
TEST_P(Inheritance, a_number_means_what_the_caller_has_there)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	in_child([&] {
		const unique_fd other = make_eventfd();
		dup2(other, counter);
		EXPECT_THAT(set.del(counter), fails_with(ENOENT));
	});

	EXPECT_THAT(set.del(counter), succeeds());
}

// behaviours: 125
TEST_P(Inheritance, a_childs_exit_does_not_end_what_the_parent_holds)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	in_child([] {});

	signal_eventfd(counter);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
}

// behaviours: 41
TEST_P(Inheritance, a_child_waits_on_the_set_of_its_parent)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	child_process child{[&] {
		EXPECT_THAT(set.wait(for_ever), delivers({{EPOLLIN, counter}}));
	}};
	await([&] { return asleep_in_wait(inspect_thread(child.pid(), child.pid()), set.fd()); });

	signal_eventfd(counter);
	EXPECT_EQ(child.join(), 0);
}

// behaviours: 126
TEST_P(Inheritance, exec_drops_the_close_on_exec_copy_of_a_target)
{
	const event_set set = create();
	pipe_ends pipe = make_pipe();
	unique_fd added = make_eventfd();
	pipe_ends stay = make_pipe(); // cat runs until its input ends
	child_process child{[&] {
		EXPECT_THAT(set.add(pipe.reader, EPOLLIN), succeeds());
		signal_eventfd(added);
		fcntl(stay.reader, F_SETFL, 0);
		dup2(stay.reader, STDIN_FILENO);
		execl("/bin/cat", "cat", nullptr);
	}};
	pollfd ready{added, POLLIN, 0};
	poll(&ready, 1, -1);

	pipe.reader.close();
	await_no_reader(pipe.writer);
	EXPECT_THAT(fdinfo_of(set.fd()), testing::IsEmpty());
	EXPECT_EQ(kill(child.pid(), 0), 0);
	stay.writer.close();
	EXPECT_EQ(child.join(), 0);
}

// behaviours: 126
TEST_P(Inheritance, exec_keeps_the_copy_without_close_on_exec)
{
	const event_set set = create();
	pipe_ends pipe = make_pipe();
	const int number = pipe.reader;
	pipe_ends stay = make_pipe();
	pipe_ends executed = make_pipe(); // hangs up when exec closes the child's copy
	ASSERT_THAT(set.add(number, EPOLLIN), succeeds());
	child_process child{[&] {
		fcntl(number, F_SETFD, 0);
		fcntl(stay.reader, F_SETFL, 0);
		dup2(stay.reader, STDIN_FILENO);
		execl("/bin/cat", "cat", nullptr);
	}};
	executed.writer.close();
	pollfd ended{executed.reader, POLLIN, 0};
	poll(&ended, 1, -1);

	pipe.reader.close();
	write_bytes(pipe.writer, 1);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, number}}));
	stay.writer.close();
	child.join();
	EXPECT_THAT(set.wait(), delivers_nothing());
}

} // namespace
