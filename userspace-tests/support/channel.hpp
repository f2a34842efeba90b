// SPDX-License-Identifier: GPL-2.0-only
// A counter, pipe or socket pair that tokens are put into and taken out of. Tokens are
// indistinguishable; none is lost and none appears, so the sums of both sides can be compared.
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

	// The descriptor to watch: readable while there are tokens.
	int target() const { return out_; }
	// A few thousand fit.
	void put(unsigned tokens) const;
	// Takes at least one token, if there are any, and at most limit, except from a counter,
	// which gives all. Returns how many.
	unsigned take(unsigned limit) const;
	// Takes all tokens, until the next read would block.
	unsigned take_all() const;

	// Closes the side that tokens are taken from; the other side can tell when it is gone.
	void close_target() { out_.close(); }
	bool target_is_gone() const;

private:
	int in() const { return kind_ == channel_kind::counter ? out_ : in_; }

	channel_kind kind_;
	unique_fd out_;
	unique_fd in_; // a counter has only one side
};

} // namespace support
