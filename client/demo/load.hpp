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

/** Nothing may take longer than this without a byte being moved. */
inline constexpr std::chrono::seconds patience{20};

/** What came of a plan. */
struct load_result {
	std::uint64_t messages = 0; ///< echoed in full
	std::uint64_t bytes = 0;    ///< echoed and found right
	std::uint64_t digest = 0;   ///< of those bytes, client after client
	std::vector<std::uint16_t> ports; ///< of each client
	std::vector<std::string> errors;
};

/**
 * Carries out a plan against an echo server on a port of the loopback address, with the kernel's
 * epoll. When every client has connected and got its first echo, and so all are there at the same
 * time, calls `all_here`; only then do they send the rest, and
 * when the others are done the slow readers begin to read.
 */
load_result carry_out(const plan& todo, std::uint16_t port, const std::function<void()>& all_here);

} // namespace demo

#endif
