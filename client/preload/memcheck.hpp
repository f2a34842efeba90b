// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_PRELOAD_MEMCHECK_HPP
#define MYEPOLL_PRELOAD_MEMCHECK_HPP

#include <sys/epoll.h>

#include <cstddef>

/*
 * Valgrind knows the system calls of epoll and what they write, but not the module's ioctls: without
 * a word it would take each event that comes by one for memory that nobody has written.
 */
namespace preload::memcheck {

/** Whether the program runs under valgrind, asked once. */
[[gnu::visibility("hidden")]] extern bool listens; // here, so that a look at it is cheap

void tell(const epoll_event* events, std::size_t count);

/** @result of a WAIT that wrote as many @events. */
inline void events_are_written(const epoll_event* events, long result)
{
	if (listens) [[unlikely]]
		tell(events, result > 0 ? static_cast<std::size_t>(result) : 0);
}

} // namespace preload::memcheck

#endif
