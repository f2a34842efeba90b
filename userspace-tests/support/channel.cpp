// SPDX-License-Identifier: GPL-2.0-only
#include "support/channel.hpp"

#include "support/targets.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace support {
namespace {

constexpr unsigned most_at_once = 4096;

} // namespace

channel::channel(channel_kind kind) : kind_{kind}
{
	switch (kind) {
	case channel_kind::counter:
		out_ = make_eventfd();
		break;
	case channel_kind::pipe: {
		pipe_ends pipe = make_pipe();
		out_ = std::move(pipe.reader);
		in_ = std::move(pipe.writer);
		break;
	}
	case channel_kind::unix_stream:
	case channel_kind::tcp: {
		socket_ends ends = kind == channel_kind::tcp ? make_tcp_pair() : make_unix_pair();
		out_ = std::move(ends.ours);
		in_ = std::move(ends.peer);
		break;
	}
	}
}

void channel::put(unsigned tokens) const
{
	if (kind_ == channel_kind::counter)
		signal_eventfd(in(), tokens);
	else
		write_bytes(in(), tokens);
}

unsigned channel::take(unsigned limit) const
{
	std::uint64_t value = 0;
	std::array<char, most_at_once> bytes{};
	const bool counts = kind_ == channel_kind::counter;
	const ssize_t got = counts ? read(out_, &value, sizeof(value))
				   : read(out_, bytes.data(), std::min(limit, most_at_once));
	if (got < 0 && errno == EAGAIN)
		return 0;
	checked(static_cast<int>(got), "read tokens");
	return static_cast<unsigned>(counts ? value : static_cast<std::uint64_t>(got));
}

unsigned channel::take_all() const
{
	unsigned total = 0;
	while (const unsigned some = take(most_at_once))
		total += some;
	return total;
}

bool channel::target_is_gone() const
{
	if (kind_ == channel_kind::counter)
		return out_ < 0;
	pollfd other_side{in_, POLLRDHUP, 0};
	poll(&other_side, 1, 0);
	return (other_side.revents & (POLLERR | POLLHUP | POLLRDHUP)) != 0;
}

} // namespace support
