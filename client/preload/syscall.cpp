// SPDX-License-Identifier: MIT
/* syscall(2): epoll and a few related calls are handled here, the rest goes to the kernel as it is. */
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>
#include <initializer_list>

#include "children.hpp"
#include "create.hpp"
#include "device.hpp"
#include "instance.hpp"
#include "kernel_call.hpp"
#include "settings.hpp"

namespace preload {
namespace {

// Where the kernel takes an int, it reads only the lower half of the register.
int number(long argument) { return static_cast<int>(argument); }

// NOLINTNEXTLINE(performance-no-int-to-ptr): syscall(2) takes pointers as long.
template <typename Type> Type* pointer(long argument) { return reinterpret_cast<Type*>(argument); }

std::size_t size(long argument) { return static_cast<std::size_t>(argument); }

long route(long call, const call_arguments& with)
{
	const auto& [a, b, c, d, e, f] = with;
	switch (call) {
#ifdef SYS_epoll_create
	case SYS_epoll_create:
		return create(number(a));
#endif
#ifdef SYS_epoll_wait
	case SYS_epoll_wait:
		return wait(number(a), pointer<epoll_event>(b), number(c), number(d), nullptr, 0);
#endif
	case SYS_epoll_create1:
		return create1(number(a));
	case SYS_epoll_ctl:
		return ctl(number(a), number(b), number(c), pointer<epoll_event>(d));
	case SYS_epoll_pwait:
		return wait(number(a), pointer<epoll_event>(b), number(c), number(d),
			    pointer<const void>(e), size(f));
	case SYS_epoll_pwait2:
		return wait_until(number(a), pointer<epoll_event>(b), number(c),
				  pointer<const timespec>(d), pointer<const void>(e), size(f));
	case SYS_execve:
		return children::with_environment(pointer<char* const>(c), [=](char* const* all) {
			return kernel_call(call, with.a, with.b, all);
		});
	case SYS_execveat:
		return children::with_environment(pointer<char* const>(d), [=](char* const* all) {
			return kernel_call(call, with.a, with.b, with.c, all, with.e);
		});
	case SYS_chroot:
	case SYS_landlock_restrict_self:
	case SYS_pivot_root:
	case SYS_setns:
	case SYS_unshare:
		device::get();
		return kernel_call_with(call, with);
	case SYS_io_uring_setup:
		return settings::io_uring_is_off() ? -ENOSYS : kernel_call_with(call, with);
	default:
		return kernel_call_with(call, with);
	}
}

} // namespace
} // namespace preload

extern "C" [[gnu::visibility("default")]] long syscall(long call, ...) noexcept
{
	std::va_list rest;
	va_start(rest, call);
	preload::call_arguments with;
	for (long* const argument : {&with.a, &with.b, &with.c, &with.d, &with.e, &with.f})
		*argument = va_arg(rest, long);
	va_end(rest);
	return preload::to_errno(preload::route(call, with));
}
