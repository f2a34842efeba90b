// SPDX-License-Identifier: MIT
#ifndef DEMO_PLAN_HPP
#define DEMO_PLAN_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

namespace demo {

/** How a client behaves. */
enum class conduct {
	steady,      ///< keeps a few messages in flight; closes when all are echoed
	half_close,  ///< shuts down sending while echoes are outstanding; expects end of stream
	slow_reader, ///< sends all it can; reads only when the others are done, in small pieces
	reset,       ///< when all are echoed, sends some more and closes with a RST
};

inline constexpr std::size_t conducts = 4;

[[nodiscard]] const char* name(conduct manner) noexcept;

/** What one client will do. */
struct client_plan {
	conduct manner;
	std::uint64_t key;  ///< of its content
	std::size_t window; ///< messages that may be in flight
	std::vector<std::uint64_t> ends; ///< the offset at which each message ends

	[[nodiscard]] std::uint64_t bytes() const noexcept { return ends.empty() ? 0 : ends.back(); }
};

/**
 * What all clients will do, determined by the arguments alone. Every message is sent in full and its
 * echo checked to the last byte, even by clients that reset: what they send just before the reset is
 * not part of a message.
 */
struct plan {
	plan(unsigned clients, unsigned messages, std::uint64_t seed);

	[[nodiscard]] std::size_t count(conduct manner) const noexcept;

	std::vector<client_plan> clients;
};

} // namespace demo

#endif
