// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_INTEREST_HPP
#define MYEPOLL_INTEREST_HPP

#include <myepoll/language.hpp>

#include <cstdint>

namespace myepoll {

/**
 * What to watch a descriptor for, and what it is found ready for. The values are those of
 * EPOLL*; epoll_ctl(2) describes each.
 */
enum class interest : std::uint32_t {
	none = 0,

	in = 0x0001,     ///< something to read, a connection to accept, or the end of the stream
	pri = 0x0002,    ///< exceptional condition, such as out-of-band data
	out = 0x0004,    ///< room to write
	error = 0x0008,  ///< always reported, need not be requested
	hangup = 0x0010, ///< always reported, need not be requested
	rdnorm = 0x0040,
	rdband = 0x0080,
	wrnorm = 0x0100,
	wrband = 0x0200,
	msg = 0x0400,
	rdhup = 0x2000,  ///< the peer will send no more

	exclusive = 1U << 28, ///< wake up only some of the instances that watch the descriptor
	wakeup = 1U << 29,    ///< keep the system awake while the event is handled
	oneshot = 1U << 30,   ///< report once, then stay silent until modify()
	edge = 1U << 31,      ///< report changes, not the state
};

[[nodiscard]] constexpr interest operator|(interest a, interest b) noexcept
{
	return static_cast<interest>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}

[[nodiscard]] constexpr interest operator&(interest a, interest b) noexcept
{
	return static_cast<interest>(static_cast<std::uint32_t>(a) & static_cast<std::uint32_t>(b));
}

[[nodiscard]] constexpr interest operator~(interest a) noexcept
{
	return static_cast<interest>(~static_cast<std::uint32_t>(a));
}

constexpr interest& operator|=(interest& a, interest b) noexcept
{
	return a = a | b;
}

constexpr interest& operator&=(interest& a, interest b) noexcept
{
	return a = a & b;
}

/** Whether at least one flag is set: `if (any(event.ready & interest::in))`. */
[[nodiscard]] constexpr bool any(interest flags) noexcept
{
	return flags != interest::none;
}

} // namespace myepoll

#endif
