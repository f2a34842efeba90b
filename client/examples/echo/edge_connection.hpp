// SPDX-License-Identifier: MIT
#ifndef ECHO_EDGE_CONNECTION_HPP
#define ECHO_EDGE_CONNECTION_HPP

#include <system_error>
#include <utility>

#include <myepoll/file_descriptor.hpp>
#include <myepoll/interest.hpp>

#include "examples/echo/connection.hpp"
#include "examples/echo/handler.hpp"
#include "examples/echo/traffic.hpp"

namespace echo {

/**
 * A connection that is edge-triggered, for everything and for as long as it lives. An event says only that
 * something has changed, so it goes on until the socket has no more to read, or no room.
 */
class edge_connection : public handler {
public:
	static constexpr myepoll::interest first_interest = myepoll::interest::in | myepoll::interest::out |
							    myepoll::interest::rdhup | myepoll::interest::edge;

	edge_connection(myepoll::file_descriptor fd, traffic& counts) noexcept : client_{std::move(fd), counts} {}

	[[nodiscard]] int fd() const noexcept override { return client_.fd(); }

	myepoll::interest on_ready(myepoll::interest ready) override
	{
		using myepoll::interest;
		constexpr interest ends = interest::hangup | interest::error;
		left_ |= ready;
		if (any(ready & (ends | interest::rdhup)))
			left_ |= interest::in;
		if (any(ready & ends))
			left_ |= interest::out;
		while (any(wanted_ & left_)) {
			wanted_ = client_.on_ready(left_ & (wanted_ | ends | interest::rdhup));
			left_ &= ~client_.used_up();
		}
		return any(wanted_) ? first_interest : interest::none;
	}

	void on_refused(const std::error_code& error) override { client_.on_refused(error); }

private:
	connection client_;
	myepoll::interest wanted_ = connection::first_interest;
	myepoll::interest left_ = myepoll::interest::none; // what the socket may be ready for
};

} // namespace echo

#endif
