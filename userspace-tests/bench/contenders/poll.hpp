// SPDX-License-Identifier: GPL-2.0-only
// poll(2), which takes the whole list with each call.
#pragma once

#include "bench/call.hpp"

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

class poll_set {
public:
	explicit poll_set(std::size_t = 0) {}

	// No system call, so nothing to measure; only here to fill the set.
	void add(int fd, std::uint32_t wanted)
	{
		watched_.push_back({.fd = fd, .events = static_cast<short>(wanted & 0x7fff), .revents = 0});
	}

	// Each returns how many are ready.
	std::size_t look() { return wait_for(0); }
	std::size_t wait() { return wait_for(-1); }

private:
	std::size_t wait_for(int milliseconds)
	{
		return static_cast<std::size_t>(checked(poll(watched_.data(), watched_.size(), milliseconds), "poll"));
	}

	std::vector<pollfd> watched_;
};

} // namespace bench
