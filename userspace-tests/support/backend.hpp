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
	preload, // libc's epoll functions, which the preloaded library replaces
	change,  // the ioctls, each CTL and each WAIT as a CHANGE, where one can express it
	ring,    // the ioctls, with a ring for the edge-triggered items of each set: support/by_ring.hpp
};

const char* name_of(backend which);

// The backends that tests run on in this process: epoll and myepoll; only preload, if the library is preloaded; only
// change, if MYEPOLL_BY_CHANGE=1; only ring, if MYEPOLL_BY_RING=1.
std::vector<backend> backends_under_test();

// The open /dev/myepoll, or -errno. It is opened once, on a high descriptor, so that it neither
// looks like a leak nor takes the lowest free descriptor from the test.
int myepoll_device();

// MYEPOLL_REQUIRED=1: a missing module is a failure, and tests may change machine-wide settings.
bool myepoll_is_required();

// Whether the descriptor is an instance of the module, rather than its device or anything else.
bool is_instance(int fd);

// Moves a descriptor out of the range in which tests expect certain descriptors.
int move_to_high_number(int fd);

// As the arguments of ioctls have it.
inline std::uint64_t address(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

namespace raw {

long create(backend which, int flags);
long ctl(backend which, int epfd, int op, int fd, const void* event);
long wait(backend which, int epfd, void* events, int maxevents, int timeout_ms);
long pwait(backend which, int epfd, void* events, int maxevents, int timeout_ms,
	   const void* sigmask, std::size_t sigsetsize);
// The timeout is the address of a timespec, or null to wait forever.
long pwait2_timespec(backend which, int epfd, void* events, int maxevents, const void* timeout,
		     const void* sigmask, std::size_t sigsetsize);
// A negative timeout_ns waits forever, with a null timespec.
long pwait2(backend which, int epfd, void* events, int maxevents, std::int64_t timeout_ns,
	    const void* sigmask, std::size_t sigsetsize);

// An ioctl that returns -errno.
long ioctl(int fd, unsigned long request, const void* argument);

} // namespace raw
} // namespace support
