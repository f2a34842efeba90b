// SPDX-License-Identifier: GPL-2.0-only
// Threads that exit and processes that are killed while others wait on the same set.
#include "support/storm.hpp"
#include "support/test.hpp"

#include <poll.h>
#include <sys/wait.h>

#include <csignal>

using namespace support;

namespace {

SEMANTICS_SUITE(DyingWaiters);

constexpr std::size_t small_stack = 64 * 1024;
constexpr std::size_t most_asked = 500;

// Starts count threads, which wait on the set forever.
void sleep_in_many_threads(const event_set& set, unsigned count)
{
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, small_stack);
	for (unsigned i = 0; i < count; ++i) {
		pthread_t thread{};
		const auto body = [](void* argument) -> void* {
			epoll_event got{};
			static_cast<const event_set*>(argument)->wait(&got, 1, -1);
			return nullptr;
		};
		const int error = pthread_create(&thread, &attributes, body,
						 const_cast<event_set*>(&set));
		ASSERT_EQ(error, 0) << strerrorname_np(error);
	}
	pthread_attr_destroy(&attributes);
}

bool is_asleep(pid_t process, pid_t thread, int epfd)
{
	return asleep_in_wait(inspect_thread(process, thread), epfd);
}

#ifdef __SANITIZE_THREAD__
constexpr bool can_gather_a_crowd = false;
#else
constexpr bool can_gather_a_crowd = true;
#endif
constexpr auto why_not =
	"ThreadSanitizer cannot run ten thousand threads, and adds one of its own to each process";

// A process whose threads all sleep in waits on the set.
class sleeping_crowd {
public:
	sleeping_crowd(const event_set& set, unsigned count)
		: process_{[&] {
			  sleep_in_many_threads(set, count);
			  signal_eventfd(started_);
			  pause();
		  }}
	{
		pollfd started{started_, POLLIN, 0};
		poll(&started, 1, -1);
		std::vector<pid_t> threads = threads_of(process_.pid());
		std::erase(threads, process_.pid());
		// Checks only a sample of a large crowd: the last few of the others may not be asleep yet.
		for (std::size_t i = 0; i < threads.size(); i += 1 + threads.size() / most_asked)
			await([&] { return is_asleep(process_.pid(), threads[i], set.fd()); });
	}
	void kill() const { process_.kill(SIGKILL); }
	int join() { return process_.join(); }

private:
	unique_fd started_ = make_eventfd();
	child_process process_;
};

// behaviours: 89, 99
TEST_P(DyingWaiters, ten_thousand_of_them_killed_at_once_leave_the_set_in_order)
{
	if (!can_gather_a_crowd)
		GTEST_SKIP() << why_not;
	may_take(60s);
	constexpr unsigned threads = 10'000;
	const event_set set = create();
	const unique_fd target = make_eventfd();
	ASSERT_THAT(set.add(target, EPOLLIN | EPOLLET), succeeds());
	waiter survivor{set};
	ASSERT_TRUE(survivor.falls_asleep());
	sleeping_crowd victims{set, threads};

	victims.kill();
	victims.join();
	EXPECT_TRUE(survivor.still_asleep());
	signal_eventfd(target);
	EXPECT_THAT(survivor.result(), delivers({{EPOLLIN, target}}));
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 89, 99
TEST_P(DyingWaiters, killed_while_events_arrive_end_all_the_same)
{
	if (!can_gather_a_crowd)
		GTEST_SKIP() << why_not;
	may_take(60s);
	constexpr unsigned threads = 200;
	const event_set set = create();
	const unique_fd always = make_eventfd(1);
	const unique_fd target = make_eventfd();
	ASSERT_THAT(set.add(target, EPOLLIN | EPOLLET), succeeds());
	sleeping_crowd victims{set, threads};

	ASSERT_THAT(set.add(always, EPOLLIN), succeeds());
	victims.kill();
	signal_eventfd(target);
	EXPECT_TRUE(WIFSIGNALED(victims.join()));
	EXPECT_THAT(set.wait(), delivers_in_any_order({{EPOLLIN, always}, {EPOLLIN, target}}));
}

//	The victim fell asleep last, so the event wakes it. If it is killed before it can take the event, the
//	survivor must be woken.
//
// behaviours: 89
TEST_P(DyingWaiters, pass_the_event_they_were_woken_for_to_a_survivor)
{
	const event_set set = create();
	const unique_fd target = make_eventfd();
	ASSERT_THAT(set.add(target, EPOLLIN), succeeds());
	storm weather;
	unsigned rounds = 0;
	unsigned stranded = 0;
	for (; weather.goes_on(); ++rounds) {
		waiter survivor{set};
		ASSERT_TRUE(survivor.falls_asleep());
		child_process victim{[&] { (void)set.wait(for_ever); }};
		await([&] { return is_asleep(victim.pid(), victim.pid(), set.fd()); });

		signal_eventfd(target);
		victim.kill(SIGKILL);
		victim.join();
		// Whoever was to be woken has been woken by now.
		if (survivor.still_asleep())
			++stranded;
		survivor.interrupt();
		survivor.result();
		take_eventfd(target);
		(void)set.wait();
	}
	const std::string count = std::to_string(stranded) + " of " + std::to_string(rounds) +
				  " survivors slept on although there was an event";
	weather.note(count);
	if (GetParam() == backend::epoll && stranded > 0)
		GTEST_SKIP() << "epoll sometimes does this: " << count;
	EXPECT_EQ(stranded, 0U) << count;
}

// behaviours: 91, 99
TEST_P(DyingWaiters, threads_that_exit_take_nothing_with_them)
{
	const event_set set = create();
	const unique_fd target = make_eventfd();
	ASSERT_THAT(set.add(target, EPOLLIN | EPOLLET), succeeds());
	std::atomic<unsigned> taken = 0;
	std::atomic<bool> over = false;
	storm weather;
	for (int i = 0; i < 3; ++i)
		weather.start([&](dice) {
			while (!over)
				std::thread{[&] {
					if (set.wait(5ms).result == 1)
						taken += static_cast<unsigned>(take_eventfd(target));
				}}.join();
		});
	unsigned put = 0;
	while (weather.goes_on()) {
		signal_eventfd(target);
		++put;
		await([&] { return taken == put; });
	}
	over = true;
	weather.join();
	weather.note(std::to_string(put) + " events");
	EXPECT_THAT(set.wait(), delivers_nothing());
}

} // namespace
