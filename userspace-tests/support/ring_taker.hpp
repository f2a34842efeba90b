// SPDX-License-Identifier: GPL-2.0-only
// One of several consumers of a ring: with a head of its own, or with one that several share.
//
//	ring_taker consumer{ring};
//	while (const auto one = consumer.take())
//		handle(one->data);
//	wait_on_ring(set.fd(), consumer.seen(), for_ever);
#pragma once

#include "support/mapped_ring.hpp"

#include <cstdint>
#include <optional>

namespace support {

class ring_taker {
public:
	explicit ring_taker(const mapped_ring& ring, __u32* shared_head = nullptr)
		: consumer_{ring.consumer()}, shared_head_{shared_head}
	{
		consumer_.head = 0;
	}

	// The next event, if there is one.
	std::optional<event> take()
	{
		__u32 events = 0;
		__u64 data = 0;
		const int taken = shared_head_ != nullptr
					  ? myepoll_ring_take_shared(&consumer_, shared_head_, &events, &data, &seen_)
					  : myepoll_ring_take(&consumer_, &events, &data);
		if (!taken)
			return std::nullopt;
		++count_;
		return event{events, data};
	}
	// The head at which the ring was empty.
	__u32 seen() const { return shared_head_ != nullptr ? seen_ : consumer_.head; }
	std::uint64_t count() const { return count_; }

private:
	myepoll_ring_consumer consumer_;
	__u32* shared_head_;
	__u32 seen_ = 0;
	std::uint64_t count_ = 0;
};

} // namespace support
