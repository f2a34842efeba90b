// SPDX-License-Identifier: MIT
/*
 * Checks that the library's event and flags are the platform's. Include it after one of the headers
 * that define struct epoll_event; one translation unit cannot include both libc's and the kernel's.
 */
#include <cstddef>
#include <cstdint>

#include <myepoll/event.hpp>

namespace myepoll {

static_assert(sizeof(event) == sizeof(epoll_event));
static_assert(alignof(event) == alignof(epoll_event));
static_assert(offsetof(event, ready) == offsetof(epoll_event, events));
static_assert(offsetof(event, data) == offsetof(epoll_event, data));

consteval bool same(interest ours, std::uint32_t theirs)
{
	return ours == static_cast<interest>(theirs);
}

static_assert(same(interest::in, EPOLLIN));
static_assert(same(interest::pri, EPOLLPRI));
static_assert(same(interest::out, EPOLLOUT));
static_assert(same(interest::error, EPOLLERR));
static_assert(same(interest::hangup, EPOLLHUP));
static_assert(same(interest::rdnorm, EPOLLRDNORM));
static_assert(same(interest::rdband, EPOLLRDBAND));
static_assert(same(interest::wrnorm, EPOLLWRNORM));
static_assert(same(interest::wrband, EPOLLWRBAND));
static_assert(same(interest::msg, EPOLLMSG));
static_assert(same(interest::rdhup, EPOLLRDHUP));
static_assert(same(interest::exclusive, EPOLLEXCLUSIVE));
static_assert(same(interest::wakeup, EPOLLWAKEUP));
static_assert(same(interest::oneshot, EPOLLONESHOT));
static_assert(same(interest::edge, EPOLLET));

} // namespace myepoll
