// SPDX-License-Identifier: MIT
#ifndef ECHO_TRAFFIC_HPP
#define ECHO_TRAFFIC_HPP

#include <cstdint>

namespace echo {

/** What an echo server has done so far. */
struct traffic {
	std::uint64_t accepted = 0;
	std::uint64_t refused = 0;   ///< connections dropped for lack of descriptors or memory
	std::uint64_t closed = 0;    ///< of those accepted
	std::uint64_t resets = 0;    ///< of those closed: ended by an error, such as a reset
	std::uint64_t received = 0;  ///< bytes
	std::uint64_t sent = 0;      ///< bytes
	std::uint64_t throttled = 0; ///< times that reading paused until the peer read its echo
};

} // namespace echo

#endif
