// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_PRELOAD_MEMCHECK_HPP
#define MYEPOLL_PRELOAD_MEMCHECK_HPP

#include <sys/epoll.h>

#include <cstddef>

/*
 * Valgrind knows what epoll's system calls write, but not what the module's ioctls write. Unless it is
 * told, it takes the events for uninitialised memory.
 */
namespace preload::memcheck {

/** Whether the program runs under valgrind, determined once. */
[[gnu::visibility("hidden")]] extern bool listens; // a variable, so that testing it is cheap

void tell(const epoll_event* events, std::size_t count);

/** @result is what a WAIT returned: how many @events it wrote, or -errno. */
inline void events_are_written(const epoll_event* events, long result)
{
	if (listens) [[unlikely]]
		tell(events, result > 0 ? static_cast<std::size_t>(result) : 0);
}

} // namespace preload::memcheck

#endif
