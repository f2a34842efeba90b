// SPDX-License-Identifier: MIT
// An arrival during the scan: the scan owns the ready list, so the arrival goes to the overflow list.
#include "examples/tour/tour.hpp"

#include <linux/myepoll.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>

#include <vector>

using namespace tour;

static bool has_overflowed(const instance& set)
{
	myepoll_snapshot snapshot{};
	checked(ioctl(set.fd(), MYEPOLL_IOC_SNAPSHOT, &snapshot), "SNAPSHOT");
	return snapshot.counters.overflowed > 0;
}

static void expire_after(const file_descriptor& timer, std::chrono::nanoseconds delay)
{
	const itimerspec once{{0, 0}, {0, delay.count()}};
	checked(timerfd_settime(timer.get(), 0, &once, nullptr), "timerfd_settime");
}

static void story()
{
	const file_descriptor timer{checked(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create")};
	std::vector<file_descriptor> busy;
	instance set;
	set.add(timer.get(), interest::in, 0);
	// Level-triggered and never read, so that each scan has much to do.
	for (std::uint64_t data = 1; data <= 12; data++) {
		busy.push_back(counter(1));
		set.add(busy.back().get(), interest::in, data);
	}
	hold_still();

	// The timer interrupts a little later in each round, until it hits the scan.
	events buffer;
	for (std::chrono::nanoseconds delay = 10us; !has_overflowed(set); delay = delay % 200us + 10us) {
		expire_after(timer, delay);
		set.wait(buffer);
	}
	hold_still();

	// The end of the scan has put it on the ready list, behind what was not delivered: nothing is lost.
	for (const myepoll::event& event : set.wait(buffer))
		if (event.data == 0)
			std::puts("the timer that expired during the scan is delivered by the next");
	hold_still();
}

int main() { return run(story); }
