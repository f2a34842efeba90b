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

static void expire_soon(const file_descriptor& timer)
{
	const itimerspec once{{0, 0}, {0, 20'000}};
	checked(timerfd_settime(timer.get(), 0, &once, nullptr), "timerfd_settime");
}

// Waits once; is the timer among the events?
static bool reports_timer(instance& set)
{
	events buffer;
	for (const myepoll::event& event : set.wait(buffer))
		if (event.data == 0)
			return true;
	return false;
}

static void story()
{
	const file_descriptor timer{checked(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "timerfd_create")};
	std::vector<file_descriptor> busy;
	instance set;
	set.add(timer.get(), interest::in, 0);
	// Level-triggered and never read, so that each scan has much to do.
	for (std::uint64_t data = 1; data <= 8; data++) {
		busy.push_back(counter(1));
		set.add(busy.back().get(), interest::in, data);
	}
	hold_still();
	// The timer interrupts somewhere in the loop: often enough in a scan.
	for (bool expired = true; !has_overflowed(set); expired = reports_timer(set))
		if (expired)
			expire_soon(timer);
	hold_still();

	// The end of the scan has put it on the ready list, behind what was not delivered: nothing is lost.
	if (reports_timer(set))
		std::puts("the timer that expired during a scan is delivered by the next");
	hold_still();
}

int main() { return run(story); }
