// SPDX-License-Identifier: MIT
#ifndef DEMO_LOAD_HPP
#define DEMO_LOAD_HPP

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "demo/plan.hpp"

namespace demo {

/** How long the demo waits without progress before it gives up. */
inline constexpr std::chrono::seconds patience{20};

/** The result of carrying out a plan. */
struct load_result {
	std::uint64_t messages = 0; ///< echoed in full
	std::uint64_t bytes = 0;    ///< echoed correctly
	std::uint64_t digest = 0;   ///< over the clients' digests of those bytes, in order
	std::vector<std::uint16_t> ports; ///< of each client
	std::vector<std::string> errors;
};

/**
 * Carries out a plan against the echo server on a port of the loopback address. The clients wait
 * on the kernel's epoll. Calls `all_here` once every client has its first echo, so that all are
 * connected at the same time. Only then do they send the rest; the slow readers start to read when
 * the others are done.
 */
load_result carry_out(const plan& todo, std::uint16_t port, const std::function<void()>& all_here);

} // namespace demo

#endif
