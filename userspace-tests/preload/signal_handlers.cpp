// SPDX-License-Identifier: GPL-2.0-only
// Every function of the library may be called in a signal handler, whatever it interrupts.
#include "support/test.hpp"

#include <sys/resource.h>
#include <sys/time.h>

#include <atomic>
#include <csignal>

using namespace support;

namespace {

std::atomic<int> rounds;
std::atomic<int> failures;
int watched = -1;

// Creates, uses and closes a set, by libc's functions alone.
void use_epoll()
{
	const int before = errno;
	epoll_event event{};
	event.events = EPOLLIN;
	const int set = epoll_create1(EPOLL_CLOEXEC);
	const bool right = set >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, watched, &event) == 0 &&
			   epoll_wait(set, &event, 1, -1) == 1 && event.events == EPOLLIN;
	close(set);
	// Like any handler, it must restore errno after a failure, but only then.
	if (!right)
		errno = before;
	failures += right ? 0 : 1;
	++rounds;
}

class PreloadSignalHandlers : public device_test {
protected:
	PreloadSignalHandlers()
	{
		watched = counter_;
		struct sigaction action {};
		action.sa_handler = [](int) { use_epoll(); };
		action.sa_flags = SA_RESTART;
		sigaction(SIGALRM, &action, nullptr);
	}

private:
	unique_fd counter_ = make_eventfd(1);
};

TEST_F(PreloadSignalHandlers, may_use_epoll_and_leave_errno_alone)
{
	errno = ECANCELED;
	raise(SIGALRM);
	EXPECT_EQ(errno, ECANCELED);
	EXPECT_EQ(rounds, 1);
	EXPECT_EQ(failures, 0);
}

TEST_F(PreloadSignalHandlers, may_use_epoll_while_the_same_thread_waits)
{
	const event_set set{backend::preload};
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());
	kernel_call(SYS_tgkill, getpid(), sleeper.tid(), SIGALRM);
	EXPECT_THAT(sleeper.result(), fails_with(EINTR));
	EXPECT_EQ(failures, 0);
}

constexpr int enough_rounds = 200;

// A timer interrupts the loop at arbitrary points, until the handler has run often enough.
void interrupt_often(const std::function<void()>& step)
{
	const itimerval period{{0, 2'000}, {0, 2'000}};
	setitimer(ITIMER_REAL, &period, nullptr);
	while (rounds < enough_rounds)
		step();
	const itimerval never{};
	setitimer(ITIMER_REAL, &never, nullptr);
}

TEST_F(PreloadSignalHandlers, may_use_epoll_in_the_middle_of_every_call)
{
	may_take(60s);
	const unique_fd target = make_eventfd(1);
	interrupt_often([&] {
		const event_set set{backend::preload};
		EXPECT_THAT(set.add(target, EPOLLIN), succeeds());
		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, target}}));
	});
	EXPECT_EQ(failures, 0);
}

// The handler needs a descriptor of its own.
TEST_F(PreloadSignalHandlers, may_use_epoll_while_the_last_number_is_taken)
{
	may_take(60s);
	unique_fd{epoll_create1(0)}.close();
	rlimit limit{};
	getrlimit(RLIMIT_NOFILE, &limit);
	const rlimit tight{static_cast<rlim_t>(static_cast<int>(make_eventfd())) + 1, limit.rlim_max};
	setrlimit(RLIMIT_NOFILE, &tight);

	interrupt_often([] {
		// The handler may have taken the last descriptor; but a set is never half made.
		const unique_fd set{epoll_create1(0)};
		EXPECT_TRUE(set < 0 || is_instance(set));
	});

	rlimit now{};
	getrlimit(RLIMIT_NOFILE, &now);
	EXPECT_EQ(now.rlim_cur, tight.rlim_cur);
	setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace
