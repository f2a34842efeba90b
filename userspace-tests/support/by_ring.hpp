// SPDX-License-Identifier: GPL-2.0-only
// Sets whose edge-triggered items use a ring, for the backend of that name. Each event is first looked for on the ring, and
// a WAIT is made only if the header says that it has something, or to sleep.
#pragma once

#include <linux/myepoll.h>

#include <cstddef>

namespace support::by_ring {

// Gives a new instance a ring, if that is possible: there may be no descriptor left.
void attach(int epfd);

// Whether a change of the instance's interest list needs an entry's flag: it has a ring, and the event is edge-triggered.
bool wants_ring(int epfd, const void* event);

// A WAIT by ring: the same results. Without a ring a plain one.
long wait(int epfd, const myepoll_wait& argument);

// How many events of this thread's last wait were taken from the ring: the first ones.
std::size_t taken_by_last_wait();

// Leaves ONESHOT items to WAIT: from the ring, an event disables one that has nothing to report any more.
void keep_oneshot_off();

} // namespace support::by_ring
