// SPDX-License-Identifier: GPL-2.0-only
// The two implementations under test, as raw system calls: each returns the result or -errno.
#pragma once

#include <cstddef>
#include <cstdint>

namespace support {

enum class backend { epoll, myepoll };

const char* name_of(backend which);

// The open /dev/myepoll, or -errno. It is opened once, on a high number, so that it neither
// looks like a leak nor takes the lowest free number from the test.
int myepoll_device();

// Moves a descriptor out of the way of the numbers that tests count on.
int move_to_high_number(int fd);

namespace raw {

long create(backend which, int flags);
long ctl(backend which, int epfd, int op, int fd, const void* event);
long wait(backend which, int epfd, void* events, int maxevents, int timeout_ms);
long pwait(backend which, int epfd, void* events, int maxevents, int timeout_ms,
	   const void* sigmask, std::size_t sigsetsize);
// timeout_ns below 0 waits for ever, in epoll_pwait2(2) by a null timespec.
long pwait2(backend which, int epfd, void* events, int maxevents, std::int64_t timeout_ns,
	    const void* sigmask, std::size_t sigsetsize);

// An ioctl that returns -errno.
long ioctl(int fd, unsigned long request, const void* argument);

} // namespace raw
} // namespace support
