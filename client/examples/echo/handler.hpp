// SPDX-License-Identifier: MIT
#ifndef ECHO_HANDLER_HPP
#define ECHO_HANDLER_HPP

#include <string>
#include <system_error>

#include <myepoll/interest.hpp>

namespace echo {

/** Owns a descriptor and handles its events. */
class handler {
public:
	handler() = default;
	handler(const handler&) = delete;
	handler& operator=(const handler&) = delete;
	virtual ~handler() = default;

	[[nodiscard]] virtual int fd() const noexcept = 0;

	/** Acts without blocking and returns what to wait for next; none means that it is done. */
	virtual myepoll::interest on_ready(myepoll::interest ready) = 0;

	/** It cannot be watched, as at the user's limit of watches, and is destroyed next. */
	virtual void on_refused(const std::error_code& error)
	{
		throw std::system_error(error, "watch descriptor " + std::to_string(fd()));
	}
};

} // namespace echo

#endif
