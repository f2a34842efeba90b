// SPDX-License-Identifier: GPL-2.0-only
// Something that tokens are put into and taken out of, whatever it is made of. Tokens cannot be
// told apart; none gets lost and none appears, so sums of both sides can be compared.
#pragma once

#include "support/fd.hpp"

#include <array>

namespace support {

enum class channel_kind { counter, pipe, unix_stream, tcp };

inline constexpr std::array all_channel_kinds{channel_kind::counter, channel_kind::pipe,
				       channel_kind::unix_stream, channel_kind::tcp};

class channel {
public:
	explicit channel(channel_kind kind);

	// What is to be watched: readable while there are tokens.
	int target() const { return out_; }
	// Some thousands fit.
	void put(unsigned tokens) const;
	// At least one if there is any, and at most the limit, unless it is a counter. 0: none.
	unsigned take(unsigned limit) const;
	// All that there are, until the next read would block.
	unsigned take_all() const;

	// The side from which tokens are taken. The other side can then tell that it is gone.
	void close_target() { out_.close(); }
	bool target_is_gone() const;

private:
	int in() const { return kind_ == channel_kind::counter ? out_ : in_; }

	channel_kind kind_;
	unique_fd out_;
	unique_fd in_; // a counter has but one side
};

} // namespace support
