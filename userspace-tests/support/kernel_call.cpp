// SPDX-License-Identifier: GPL-2.0-only
#include "support/kernel_call.hpp"

#include <dlfcn.h>
#include <gnu/lib-names.h>

#include <cerrno>
#include <cstdlib>

namespace support {
namespace {

using entry = long (*)(long number, ...);

// libc's own function, not the one that the dynamic linker finds first.
entry find_entry()
{
	void* const libc = dlopen(LIBC_SO, RTLD_LAZY | RTLD_NOLOAD);
	void* const function = libc == nullptr ? nullptr : dlsym(libc, "syscall");
	if (function == nullptr)
		std::abort();
	return reinterpret_cast<entry>(function);
}

} // namespace

long kernel_call_with(long number, const std::array<long, 6>& arguments)
{
	static const entry call = find_entry();
	const auto& [a, b, c, d, e, f] = arguments;
	const long result = call(number, a, b, c, d, e, f);
	return result < 0 ? -errno : result;
}

} // namespace support
