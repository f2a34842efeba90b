// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_EVENT_HPP
#define MYEPOLL_EVENT_HPP

#include <myepoll/language.hpp>

#include <cstdint>

#include <myepoll/interest.hpp>

// The kernel's struct is packed on x86-64 only, where 32-bit programs share its layout.
#ifdef __x86_64__
#define MYEPOLL_EVENT_PACKED [[gnu::packed]]
#else
#define MYEPOLL_EVENT_PACKED
#endif

namespace myepoll {

/**
 * One delivered event. Has the layout of struct epoll_event, so the kernel writes into it
 * directly. Where it is packed, no reference can be bound to a member; copy the member instead.
 */
struct MYEPOLL_EVENT_PACKED event {
	interest ready;     ///< what the descriptor is ready for
	std::uint64_t data; ///< the value given to add() or modify()
};

} // namespace myepoll

#undef MYEPOLL_EVENT_PACKED

#endif
