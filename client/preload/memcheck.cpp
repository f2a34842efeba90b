// SPDX-License-Identifier: MIT
#include "memcheck.hpp"

#include <valgrind/memcheck.h>

namespace preload::memcheck {

bool listens;

namespace {

[[gnu::constructor]] void ask() { listens = RUNNING_ON_VALGRIND != 0; }

} // namespace

void tell(const epoll_event* events, std::size_t count)
{
	VALGRIND_MAKE_MEM_DEFINED(events, count * sizeof(*events));
}

} // namespace preload::memcheck
