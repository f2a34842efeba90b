// SPDX-License-Identifier: GPL-2.0-only
// The implementations under test; each call returns the result or -errno.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace support {

enum class backend {
	epoll,   // the kernel's own, whatever library is preloaded
	myepoll, // the ioctls
	preload, // libc's epoll functions, which the preloaded library has made its own
};

const char* name_of(backend which);

// What the same bodies run on in this process: with the library preloaded on that alone.
std::vector<backend> backends_under_test();

// The open /dev/myepoll, or -errno. It is opened once, on a high number, so that it neither
// looks like a leak nor takes the lowest free number from the test.
int myepoll_device();

// MYEPOLL_REQUIRED=1: to be without the module is a failure, and the machine is the tests' own.
bool myepoll_is_required();

// Whether the module says that it is one of its own, and not the device either.
bool is_instance(int fd);

// Moves a descriptor out of the way of the numbers that tests count on.
int move_to_high_number(int fd);

namespace raw {

long create(backend which, int flags);
long ctl(backend which, int epfd, int op, int fd, const void* event);
long wait(backend which, int epfd, void* events, int maxevents, int timeout_ms);
long pwait(backend which, int epfd, void* events, int maxevents, int timeout_ms,
	   const void* sigmask, std::size_t sigsetsize);
// With the address of a timespec, or null to wait for ever.
long pwait2_timespec(backend which, int epfd, void* events, int maxevents, const void* timeout,
		     const void* sigmask, std::size_t sigsetsize);
// timeout_ns below 0 waits for ever, by a null timespec.
long pwait2(backend which, int epfd, void* events, int maxevents, std::int64_t timeout_ns,
	    const void* sigmask, std::size_t sigsetsize);

// An ioctl that returns -errno.
long ioctl(int fd, unsigned long request, const void* argument);

} // namespace raw
} // namespace support
