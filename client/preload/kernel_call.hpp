// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_PRELOAD_KERNEL_CALL_HPP
#define MYEPOLL_PRELOAD_KERNEL_CALL_HPP

#include <cerrno>
#include <cstdint>
#include <type_traits>

/*
 * System calls without libc: they leave errno alone, are safe in a signal handler, and no other
 * library can intercept them. Each returns the result or -errno.
 */
namespace preload {

struct call_arguments {
	long a = 0, b = 0, c = 0, d = 0, e = 0, f = 0;
};

inline long kernel_call_with(long number, const call_arguments& with)
{
#if defined(__x86_64__)
	long result;
	register long d __asm__("r10") = with.d;
	register long e __asm__("r8") = with.e;
	register long f __asm__("r9") = with.f;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(with.a), "S"(with.b), "d"(with.c), "r"(d), "r"(e), "r"(f)
			 : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long which __asm__("x8") = number;
	register long a __asm__("x0") = with.a;
	register long b __asm__("x1") = with.b;
	register long c __asm__("x2") = with.c;
	register long d __asm__("x3") = with.d;
	register long e __asm__("x4") = with.e;
	register long f __asm__("x5") = with.f;
	__asm__ volatile("svc 0"
			 : "+r"(a)
			 : "r"(which), "r"(b), "r"(c), "r"(d), "r"(e), "r"(f)
			 : "memory");
	return a;
#else
#error "no system call instruction for this architecture"
#endif
}

template <typename Argument> long to_register([[maybe_unused]] Argument argument)
{
	if constexpr (std::is_pointer_v<Argument>)
		return static_cast<long>(reinterpret_cast<std::intptr_t>(argument));
	else if constexpr (std::is_null_pointer_v<Argument>)
		return 0;
	else
		return static_cast<long>(argument);
}

template <typename... Arguments> long kernel_call(long number, Arguments... arguments)
{
	return kernel_call_with(number, {to_register(arguments)...});
}

/** Returns the result as libc does; sets errno only on failure. */
inline long to_errno(long result)
{
	constexpr long last_errno = 4095;
	if (result >= 0 || result < -last_errno)
		return result;
	errno = static_cast<int>(-result);
	return -1;
}

} // namespace preload

#endif
