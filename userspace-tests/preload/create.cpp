// SPDX-License-Identifier: GPL-2.0-only
// Instances made by the preload library's epoll_create(2) and epoll_create1(2), and what they cost
// in descriptors: the device stays open from the first one on.
#include "support/test.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

using namespace support;

namespace {

class PreloadCreate : public device_test {};

std::size_t count_descriptors()
{
	const std::filesystem::directory_iterator all{"/proc/self/fd"};
	return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

// Sets the soft limit on descriptors; the destructor restores it.
class soft_limit {
public:
	explicit soft_limit(rlim_t value)
	{
		getrlimit(RLIMIT_NOFILE, &before_);
		set(value, before_.rlim_max);
	}
	soft_limit(const soft_limit&) = delete;
	soft_limit& operator=(const soft_limit&) = delete;
	~soft_limit() { setrlimit(RLIMIT_NOFILE, &before_); }

	static void set(rlim_t soft, rlim_t hard)
	{
		const rlimit limit{soft, hard};
		checked(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
	}
	static rlim_t now()
	{
		rlimit limit{};
		getrlimit(RLIMIT_NOFILE, &limit);
		return limit.rlim_cur;
	}

private:
	rlimit before_{};
};

// The limit under which exactly this many more descriptors can be opened.
rlim_t limit_for(int more)
{
	return static_cast<rlim_t>(static_cast<int>(make_eventfd()) + more);
}

// behaviours: 2
TEST_F(PreloadCreate, gives_the_lowest_free_number_to_an_instance)
{
	unique_fd gap = make_eventfd();
	const unique_fd above = make_eventfd();
	const int expected = gap;
	gap.close();

	const unique_fd set{epoll_create(1)};

	EXPECT_EQ(set, expected);
	EXPECT_TRUE(is_instance(set));
}

// behaviours: 2
TEST_F(PreloadCreate, sets_close_on_exec_only_when_asked)
{
	EXPECT_EQ(fcntl(unique_fd{epoll_create(1)}, F_GETFD), 0);
	EXPECT_EQ(fcntl(unique_fd{epoll_create1(0)}, F_GETFD), 0);
	EXPECT_EQ(fcntl(unique_fd{epoll_create1(EPOLL_CLOEXEC)}, F_GETFD), FD_CLOEXEC);
}

TEST_F(PreloadCreate, holds_the_device_open_under_one_high_number)
{
	const std::size_t before = count_descriptors();
	const unique_fd set{epoll_create1(0)};
	const unique_fd other{epoll_create1(0)};
	EXPECT_EQ(count_descriptors(), before + 3);
	EXPECT_EQ(other, set + 1);
}

TEST_F(PreloadCreate, leaves_errno_alone_when_it_succeeds)
{
	errno = ECANCELED;
	const unique_fd set{epoll_create1(0)};
	ASSERT_GE(set, 0);
	EXPECT_EQ(errno, ECANCELED);
}

// behaviours: 3
TEST_F(PreloadCreate, takes_the_last_free_number_once_there_was_a_set)
{
	unique_fd{epoll_create1(0)}.close();
	const rlim_t limit = limit_for(1);
	const soft_limit tight{limit};

	const unique_fd last{epoll_create1(EPOLL_CLOEXEC)};

	EXPECT_EQ(last, static_cast<int>(limit) - 1);
	EXPECT_TRUE(is_instance(last));
	EXPECT_EQ(fcntl(last, F_GETFD), FD_CLOEXEC);
	EXPECT_EQ(soft_limit::now(), limit);
}

// behaviours: 3
TEST_F(PreloadCreate, is_emfile_without_a_free_number)
{
	const soft_limit full{limit_for(0)};
	EXPECT_THAT(raw::create(backend::preload, 0), fails_with(EMFILE));
}

// behaviours: 3
TEST_F(PreloadCreate, the_first_one_is_emfile_for_the_last_number_and_leaks_nothing)
{
	const rlim_t limit = limit_for(1);
	const soft_limit tight{limit};
	for (int round = 0; round < 1'000; ++round)
		ASSERT_THAT(raw::create(backend::preload, 0), fails_with(EMFILE));
	EXPECT_EQ(make_eventfd(), static_cast<int>(limit) - 1);
	EXPECT_EQ(soft_limit::now(), limit);
}

// behaviours: 3
TEST_F(PreloadCreate, gives_no_number_beyond_the_limit_while_threads_race_for_the_last_ones)
{
	unique_fd{epoll_create1(0)}.close();
	const rlim_t limit = limit_for(3);
	const soft_limit tight{limit};
	std::atomic<int> beyond = 0;
	std::vector<std::thread> racers;
	for (int thread = 0; thread < 4; ++thread)
		racers.emplace_back([&] {
			for (int round = 0; round < 1'000; ++round) {
				const unique_fd set{epoll_create1(0)};
				const unique_fd other{dup(STDERR_FILENO)};
				beyond += std::max(int{set}, int{other}) >= static_cast<int>(limit);
			}
		});
	for (std::thread& racer : racers)
		racer.join();

	EXPECT_EQ(beyond, 0);
	for (const int number : {3, 2, 1})
		EXPECT_EQ(epoll_create1(0), static_cast<int>(limit) - number);
	close_range(static_cast<unsigned>(limit) - 3, static_cast<unsigned>(limit) - 1, 0);
}

// A thread that blocks in open() of a FIFO has reserved a descriptor that is still empty.
TEST_F(PreloadCreate, does_not_wait_for_a_thread_that_is_opening_something)
{
	const temporary_folder folder;
	const std::string fifo = folder.path("fifo");
	checked(mkfifo(fifo.c_str(), 0600), "mkfifo");
	const int next = make_eventfd(); // closed again: the one that the opener will take
	helper_thread opener{[&] { unique_fd{open(fifo.c_str(), O_RDONLY)}.close(); }};
	await([&] { return opener.state().state == 'S'; });

	const unique_fd set{epoll_create1(0)};

	EXPECT_EQ(set, next + 1);
	EXPECT_TRUE(is_instance(set));
	unique_fd{open(fifo.c_str(), O_WRONLY)}.close();
	opener.join();
	unlink(fifo.c_str());
}

// behaviours: 8
TEST_F(PreloadCreate, survives_another_thread_that_closes_the_new_number_at_once)
{
	const int next = make_eventfd(); // closed again: the one that each round will take
	const repeating_thread closer{[&] { close(next); }};
	for (int round = 0; round < 2'000; ++round) {
		ASSERT_EQ(epoll_create1(0), next);
		close(next);
	}
}

// behaviours: 9
TEST_F(PreloadCreate, needs_no_privilege)
{
	if (getuid() != 0)
		GTEST_SKIP() << "needs root to become nobody";
	EXPECT_EQ(in_child([] {
		checked(setuid(65534), "setuid");
		EXPECT_TRUE(is_instance(epoll_create1(0)));
	}), 0);
}

} // namespace
