// SPDX-License-Identifier: MIT
#ifndef DEMO_PLAN_HPP
#define DEMO_PLAN_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

namespace demo {

/** How a client behaves. */
enum class conduct {
	steady,      ///< a few messages in flight; closes when all came back
	half_close,  ///< shuts its sending side down while echoes are still to come; expects the end
	slow_reader, ///< sends all it can; reads when the others are done, and in small pieces
	reset,       ///< when all came back, sends some more and breaks off with a RST
};

inline constexpr std::size_t conducts = 4;

[[nodiscard]] const char* name(conduct manner) noexcept;

/** What one client will do. */
struct client_plan {
	conduct manner;
	std::uint64_t key;  ///< of its content
	std::size_t window; ///< messages that may be in flight
	std::vector<std::uint64_t> ends; ///< where each message ends in what it sends

	[[nodiscard]] std::uint64_t bytes() const noexcept { return ends.empty() ? 0 : ends.back(); }
};

/**
 * What all of them will do: the same for the same three numbers. Every message is sent in full and
 * its echo checked to the last byte, those of resetting clients too: what they send just before the
 * reset belongs to no message.
 */
struct plan {
	plan(unsigned clients, unsigned messages, std::uint64_t seed);

	[[nodiscard]] std::size_t count(conduct manner) const noexcept;

	std::vector<client_plan> clients;
};

} // namespace demo

#endif
