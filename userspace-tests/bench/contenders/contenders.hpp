// SPDX-License-Identifier: GPL-2.0-only
// The contenders. Each is a class with the same interface, as far as it supports the operations;
// the benchmarks are templates over it, so that nothing stands between the loop and the call.
#pragma once

#include "bench/contenders/epoll.hpp"
#include "bench/contenders/io_uring.hpp"
#include "bench/contenders/myepoll.hpp"
#include "bench/contenders/poll.hpp"
#include "bench/contenders/ring.hpp"

#include <cstdint>
#include <string_view>
#include <type_traits>

namespace bench {

// Keeps its watches in the kernel, so that changing them has a cost.
template <typename Set>
concept keeps_watches = requires(Set set) {
	set.modify(0, std::uint32_t{});
	set.remove(0);
};

// Supports both level-triggered and edge-triggered, and can itself be watched.
template <typename Set>
concept is_epoll = keeps_watches<Set> && requires(Set set) { set.fd(); };

// Calls `body` with the type of a contender, but not for "none" and others that watch nothing.
template <typename Body> void with_set(std::string_view contender, Body body)
{
	if (contender == "myepoll" || contender == "traced")
		body(std::type_identity<myepoll_set>{});
	else if (contender == "ring")
		body(std::type_identity<ring_set<myepoll::event_ring>>{});
	else if (contender == "epoll" || contender == "preload")
		body(std::type_identity<epoll_set>{});
	else if (contender == "poll")
		body(std::type_identity<poll_set>{});
	else if (contender == "io_uring")
		body(std::type_identity<io_uring_set<shots::single>>{});
	else if (contender == "io_uring-multishot")
		body(std::type_identity<io_uring_set<shots::multi>>{});
}

// Whether a contender supports level-triggered and edge-triggered.
template <typename Set>
inline constexpr bool has_level =
	!std::is_same_v<Set, io_uring_set<shots::multi>> && !std::is_same_v<Set, ring_set<myepoll::event_ring>>;
template <typename Set> inline constexpr bool has_edge = is_epoll<Set> || !has_level<Set>;

} // namespace bench
