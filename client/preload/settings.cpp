// SPDX-License-Identifier: MIT
#include "settings.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>

namespace preload::settings {
namespace {

constexpr unsigned known = 1;
constexpr unsigned require = 2;
constexpr unsigned no_io_uring = 4;
constexpr unsigned no_follow = 8;

std::atomic<unsigned> current;

bool says(const char* variable, const char* value)
{
	const char* const found = secure_getenv(variable);
	return found != nullptr && std::strcmp(found, value) == 0;
}

// Usually called first by the constructor, but another library's constructor may be earlier. Reading
// twice is harmless. Before all constructors there is no environment, so nothing is stored.
unsigned read()
{
	unsigned found = current.load(std::memory_order_relaxed);
	if (found != 0 || environ == nullptr)
		return found;
	found = known;
	if (says("MYEPOLL_PRELOAD", "require"))
		found |= require;
	if (says("MYEPOLL_PRELOAD_IO_URING", "off"))
		found |= no_io_uring;
	if (says("MYEPOLL_PRELOAD_FOLLOW", "off"))
		found |= no_follow;
	current.store(found, std::memory_order_relaxed);
	return found;
}

[[gnu::constructor]] void read_early() { read(); }

} // namespace

bool device_is_required() { return (read() & require) != 0; }
bool io_uring_is_off() { return (read() & no_io_uring) != 0; }
bool children_are_followed() { return (read() & no_follow) == 0; }

} // namespace preload::settings
