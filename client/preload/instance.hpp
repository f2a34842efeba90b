// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_PRELOAD_INSTANCE_HPP
#define MYEPOLL_PRELOAD_INSTANCE_HPP

#include <sys/epoll.h>

#include <cstddef>
#include <ctime>

/*
 * The operations on an instance, one ioctl each. Which descriptors are instances is not recorded,
 * because descriptors are closed, duplicated, inherited and sent at will. If the ioctl fails and the
 * descriptor is not an instance, the kernel's own call is made. That serves the kernel's epolls, and
 * gives the right errno for each wrong argument, in the right order.
 *
 * All return the result or -errno.
 */
namespace preload {

long ctl(int epfd, int op, int fd, epoll_event* event);

/** The mask has `sigsetsize` bytes and may be null. */
long wait(int epfd, epoll_event* events, int maxevents, int timeout_ms, const void* sigmask,
	  std::size_t sigsetsize);

long wait_until(int epfd, epoll_event* events, int maxevents, const timespec* timeout,
		const void* sigmask, std::size_t sigsetsize);

} // namespace preload

#endif
