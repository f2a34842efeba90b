// SPDX-License-Identifier: MIT
#include "examples/echo/connection.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

using myepoll::interest;

namespace echo {
namespace {

// A client that does not read its echo must not make the server's memory grow.
constexpr std::size_t most_pending = 64 * std::size_t{1024};

} // namespace

connection::connection(myepoll::file_descriptor fd, traffic& counts) noexcept
	: fd_{std::move(fd)}, counts_{counts}
{
	counts_.accepted++;
}

connection::~connection()
{
	counts_.closed++;
}

interest connection::on_ready(interest ready)
{
	used_up_ = interest::none;
	no_more_ |= any(ready & (interest::rdhup | interest::hangup | interest::error));
	if (any(ready & (interest::in | interest::hangup | interest::error)) && !finished_)
		receive();
	if (pending() > 0 && !broken_)
		send();
	return broken_ ? interest::none : next_interest();
}

interest connection::next_interest()
{
	const bool read_on = !finished_ && pending() < most_pending;
	if (reading_ && !read_on && !finished_)
		counts_.throttled++;
	reading_ = read_on;

	interest wanted = interest::none;
	if (read_on)
		wanted |= interest::in;
	if (pending() > 0)
		wanted |= interest::out;
	return wanted; // none: the client has finished and got everything back
}

void connection::receive()
{
	std::array<char, 16384> chunk;
	const ssize_t got = ::recv(fd(), chunk.data(), chunk.size(), 0);
	if (got < 0)
		return break_off_unless_temporary(interest::in);
	finished_ = got == 0;
	// What comes later is another edge; but that of the end may have been before.
	if (static_cast<std::size_t>(got) < chunk.size() && !no_more_)
		used_up_ |= interest::in;
	counts_.received += static_cast<std::size_t>(got);
	output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(taken_));
	output_.insert(output_.end(), chunk.data(), chunk.data() + got);
	taken_ = 0;
}

void connection::send()
{
	const ssize_t sent = ::send(fd(), output_.data() + taken_, pending(), MSG_NOSIGNAL);
	if (sent < 0)
		return break_off_unless_temporary(interest::out);
	counts_.sent += static_cast<std::size_t>(sent);
	taken_ += static_cast<std::size_t>(sent);
}

void connection::break_off_unless_temporary(interest tried)
{
	if (errno == EAGAIN)
		used_up_ |= tried;
	if (errno == EAGAIN || errno == EINTR)
		return;
	broken_ = true; // ECONNRESET, EPIPE, ETIMEDOUT: the peer is gone
	counts_.resets++;
}

} // namespace echo
