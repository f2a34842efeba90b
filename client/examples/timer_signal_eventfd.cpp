// SPDX-License-Identifier: MIT
// One loop for a timer, signals and another thread; ends on Ctrl-C or at the third tick.
#include <myepoll/instance.hpp>

#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include <array>
#include <cstdio>
#include <exception>
#include <thread>

using myepoll::interest;

// The data of the events, and a name for each.
enum source : std::uint64_t { timer, signal_arrived, thread_done };
static constexpr std::array names{"tick", "interrupted", "the thread has finished"};

static myepoll::file_descriptor every_second()
{
	myepoll::file_descriptor fd{timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)};
	const itimerspec period{{1, 0}, {1, 0}};
	timerfd_settime(fd.get(), 0, &period, nullptr);
	return fd;
}

static void run()
{
	sigset_t interrupt;
	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	pthread_sigmask(SIG_BLOCK, &interrupt, nullptr); // it is read from the signalfd instead
	const auto ticks = every_second();
	const myepoll::file_descriptor signals{signalfd(-1, &interrupt, SFD_CLOEXEC)};
	const myepoll::file_descriptor done{eventfd(0, EFD_CLOEXEC)};
	myepoll::instance set;
	set.add(ticks.get(), interest::in, timer);
	set.add(signals.get(), interest::in, signal_arrived);
	set.add(done.get(), interest::in | interest::oneshot, thread_done);

	const std::jthread worker{eventfd_write, done.get(), 1};
	std::array<myepoll::event, 3> buffer;
	for (std::uint64_t ticks_left = 3, passed; ticks_left > 0;)
		for (const myepoll::event& event : set.wait(buffer)) {
			std::puts(names[event.data]);
			if (event.data == signal_arrived)
				return;
			if (event.data == timer && read(ticks.get(), &passed, 8) == 8)
				ticks_left--;
		}
}

int main()
try {
	run();
} catch (const std::exception& error) {
	std::fprintf(stderr, "timer_signal_eventfd: %s\n", error.what());
	return 1;
}
