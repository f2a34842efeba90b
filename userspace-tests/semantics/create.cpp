// SPDX-License-Identifier: GPL-2.0-only
// A new instance as a file.
#include "support/test.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

using namespace support;

namespace {

SEMANTICS_SUITE(Create);

// behaviours: 1
TEST_P(Create, accepts_no_flag_but_cloexec)
{
	for (int bit = 0; bit < 32; ++bit) {
		const int flag = static_cast<int>(1U << bit);
		if (flag == O_CLOEXEC)
			continue;
		EXPECT_THAT(raw::create(GetParam(), flag), fails_with(EINVAL)) << "bit " << bit;
	}
	EXPECT_THAT(raw::create(GetParam(), -1), fails_with(EINVAL));
}

// behaviours: 2
TEST_P(Create, takes_the_lowest_free_number)
{
	unique_fd gap = make_eventfd();
	const unique_fd above = make_eventfd();
	const int expected = gap;
	gap.close();
	EXPECT_EQ(create().fd(), expected);
}

// behaviours: 2
TEST_P(Create, is_open_for_reading_and_writing)
{
	const event_set set = create();
	EXPECT_EQ(fcntl(set.fd(), F_GETFL), O_RDWR);
}

// behaviours: 2
TEST_P(Create, sets_close_on_exec_only_when_asked)
{
	EXPECT_EQ(fcntl(event_set(GetParam(), EPOLL_CLOEXEC).fd(), F_GETFD), FD_CLOEXEC);
	EXPECT_EQ(fcntl(event_set(GetParam(), 0).fd(), F_GETFD), 0);
}

// behaviours: 2
TEST_P(Create, is_a_nameless_file_of_its_own_kind)
{
	const event_set set = create();
	const auto link = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(set.fd()));
	EXPECT_EQ(link, on_myepoll() ? "anon_inode:[myepoll]" : "anon_inode:[eventpoll]");
	struct stat status {};
	ASSERT_EQ(fstat(set.fd(), &status), 0);
	EXPECT_EQ(status.st_mode, 0600U);
	EXPECT_EQ(status.st_size, 0);
}

// behaviours: 3
TEST_P(Create, leaks_nothing_when_there_is_no_free_number)
{
	const unique_fd next = make_eventfd();
	const rlim_t all_taken = static_cast<rlim_t>(static_cast<int>(next)) + 1;
	rlimit limit{};
	getrlimit(RLIMIT_NOFILE, &limit);
	const rlimit tight{all_taken, limit.rlim_max};
	setrlimit(RLIMIT_NOFILE, &tight);
	for (int round = 0; round < 10'000; ++round)
		ASSERT_THAT(raw::create(GetParam(), 0), fails_with(EMFILE));
	setrlimit(RLIMIT_NOFILE, &limit);
	EXPECT_EQ(create().fd(), next + 1);
}

// behaviours: 4
TEST_P(Create, holds_no_data)
{
	const event_set set = create();
	char byte = 0;
	EXPECT_EQ(read(set.fd(), &byte, 1), -1);
	EXPECT_EQ(errno, EINVAL);
	EXPECT_EQ(write(set.fd(), &byte, 1), -1);
	EXPECT_EQ(errno, EINVAL);
	EXPECT_EQ(pread(set.fd(), &byte, 1, 0), -1);
	EXPECT_EQ(errno, ESPIPE);
	EXPECT_EQ(fsync(set.fd()), -1);
	EXPECT_EQ(errno, EINVAL);
	EXPECT_EQ(ftruncate(set.fd(), 0), -1);
	EXPECT_EQ(errno, EINVAL);
	EXPECT_EQ(lseek(set.fd(), 10, SEEK_SET), 0);
	EXPECT_EQ(mmap(nullptr, 4096, PROT_READ, MAP_SHARED, set.fd(), 0), MAP_FAILED);
	EXPECT_EQ(errno, ENODEV);
}

// behaviours: 5
TEST_P(Create, refuses_unknown_ioctls)
{
	const event_set set = create();
	// Kernel epoll returns EINVAL since 6.9, which added its first ioctl.
	const bool newer = !on_myepoll() && running_kernel() >= kernel_version{6, 9};
	EXPECT_THAT(raw::ioctl(set.fd(), 0x1234, nullptr), fails_with(newer ? EINVAL : ENOTTY));
	int on = 1;
	EXPECT_THAT(raw::ioctl(set.fd(), FIONBIO, &on), returns(0));
}

// behaviours: 6
TEST_P(Create, waits_in_spite_of_nonblock)
{
	const event_set set = create();
	ASSERT_EQ(fcntl(set.fd(), F_SETFL, O_NONBLOCK), 0);
	EXPECT_EQ(fcntl(set.fd(), F_GETFL), O_RDWR | O_NONBLOCK);
	const auto start = std::chrono::steady_clock::now();
	EXPECT_THAT(set.wait(30ms), delivers_nothing());
	EXPECT_GE(std::chrono::steady_clock::now() - start, 30ms);
}

// behaviours: 6
TEST_P(Create, sends_no_sigio_in_spite_of_async)
{
	sigset_t sigio;
	sigemptyset(&sigio);
	sigaddset(&sigio, SIGIO);
	sigprocmask(SIG_BLOCK, &sigio, nullptr);
	const event_set set = create();
	ASSERT_EQ(fcntl(set.fd(), F_SETFL, O_ASYNC), 0);
	ASSERT_EQ(fcntl(set.fd(), F_SETOWN, getpid()), 0);
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
	sigset_t pending;
	sigpending(&pending);
	EXPECT_EQ(sigismember(&pending, SIGIO), 0);
}

// behaviours: 8
TEST_P(Create, survives_another_thread_that_closes_the_new_number_at_once)
{
	may_take(60s); // the preload library retries whenever its device descriptor is closed
	const int next = make_eventfd(); // closed at once: the descriptor that each round gets
	const repeating_thread closer{[&] { close(next); }};
	for (int round = 0; round < 5'000; ++round) {
		ASSERT_THAT(raw::create(GetParam(), 0), returns(next));
		EXPECT_THAT(raw::wait(GetParam(), next, nullptr, 1, 0),
			    testing::AnyOf(returns(0), fails_with(EBADF)));
		close(next);
	}
}

// behaviours: 9
TEST_P(Create, needs_no_privilege)
{
	if (getuid() != 0)
		GTEST_SKIP() << "needs root to become nobody";
	const int status = in_child([this] {
		checked(setuid(65534), "setuid");
		const event_set set = create();
		const unique_fd counter = make_eventfd(1);
		EXPECT_THAT(set.add(counter, EPOLLIN), succeeds());
		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
	});
	EXPECT_EQ(status, 0);
}

} // namespace
