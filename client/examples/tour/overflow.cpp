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

static void expire_after(long nanoseconds, const file_descriptor& timer)
{
	const itimerspec once{{0, 0}, {0, nanoseconds}};
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
	// Delivered, the timer leaves the ready list. The others stay and are never read: each scan has much to do.
	set.add(timer.get(), interest::in | interest::edge, 0);
	for (std::uint64_t data = 1; data <= 8; data++) {
		busy.push_back(counter(1));
		set.add(busy.back().get(), interest::in, data);
	}
	hold_still();
	// The timer interrupts somewhere in the loop, each time a little later: soon in a scan.
	long delay = 0;
	for (bool expired = true; !has_overflowed(set); expired = reports_timer(set))
		if (expired)
			expire_after(delay += 20'000, timer);
	hold_still();
	// The end of the scan has put it on the ready list, behind what was not delivered: nothing is lost.
	if (reports_timer(set))
		std::puts("the timer that expired during a scan is delivered by the next");
	hold_still();
}

int main() { return run(story); }
