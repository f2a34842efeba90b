// SPDX-License-Identifier: MIT
/* libc's epoll functions. */
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/single_threaded.h>
#include <unistd.h>

#include "create.hpp"
#include "instance.hpp"
#include "kernel_call.hpp"

#define EXPORTED extern "C" [[gnu::visibility("default")]]

namespace {

// Returns what libc's wrappers do: -1 and errno for an error.
int as_libc(long result) { return static_cast<int>(preload::to_errno(result)); }

// musl does not have it.
#pragma weak __libc_single_threaded
bool is_single_threaded() { return &__libc_single_threaded != nullptr && __libc_single_threaded; }

// libc's waits are cancellation points. Cancellation is asynchronous only during system calls.
template <typename Call> int cancellable(bool may_sleep, Call call)
{
	// It cannot sleep, or no thread can cancel it. A pending request acts here, as in libc.
	if (!may_sleep || is_single_threaded()) {
		pthread_testcancel();
		return as_libc(call());
	}
	int type = PTHREAD_CANCEL_DEFERRED;
	// NOLINTNEXTLINE(concurrency-thread-canceltype-asynchronous)
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	const long result = call();
	pthread_setcanceltype(type, &type);
	return as_libc(result);
}

// libc's sigset_t is larger; the kernel reads only the front of it.
constexpr std::size_t kernel_sigset_size = 8;

} // namespace

EXPORTED int epoll_create(int size) noexcept { return as_libc(preload::create(size)); }

EXPORTED int epoll_create1(int flags) noexcept { return as_libc(preload::create1(flags)); }

EXPORTED int epoll_ctl(int epfd, int op, int fd, epoll_event* event) noexcept
{
	return as_libc(preload::ctl(epfd, op, fd, event));
}

EXPORTED int epoll_wait(int epfd, epoll_event* events, int maxevents, int timeout)
{
	return cancellable(timeout != 0, [=] {
		return preload::wait(epfd, events, maxevents, timeout, nullptr, kernel_sigset_size);
	});
}

EXPORTED int epoll_pwait(int epfd, epoll_event* events, int maxevents, int timeout,
			 const sigset_t* mask)
{
	return cancellable(timeout != 0, [=] {
		return preload::wait(epfd, events, maxevents, timeout, mask, kernel_sigset_size);
	});
}

EXPORTED int epoll_pwait2(int epfd, epoll_event* events, int maxevents, const timespec* timeout,
			  const sigset_t* mask)
{
	// The timeout may be a bad pointer, so it is not read here.
	return cancellable(true, [=] {
		return preload::wait_until(epfd, events, maxevents, timeout, mask,
					   kernel_sigset_size);
	});
}
