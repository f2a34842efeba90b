// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_PRELOAD_INSTANCE_HPP
#define MYEPOLL_PRELOAD_INSTANCE_HPP

#include <sys/epoll.h>

#include <cstddef>
#include <ctime>

/*
 * What is done with an instance: one ioctl. Which descriptors are instances is not remembered but
 * asked of the descriptor, because they are closed, duplicated, inherited and sent at will. A
 * failure that may be another file's answer goes on to the kernel's own call, which has the right
 * errno for each wrong argument, in the right order, and serves the kernel's epolls.
 *
 * All return the result or -errno.
 */
namespace preload {

long ctl(int epfd, int op, int fd, epoll_event* event);

/** The mask may be null, and is of `sigsetsize` bytes. */
long wait(int epfd, epoll_event* events, int maxevents, int timeout_ms, const void* sigmask,
	  std::size_t sigsetsize);

long wait_until(int epfd, epoll_event* events, int maxevents, const timespec* timeout,
		const void* sigmask, std::size_t sigsetsize);

} // namespace preload

#endif
