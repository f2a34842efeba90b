// SPDX-License-Identifier: MIT
#ifndef ECHO_HANDLER_HPP
#define ECHO_HANDLER_HPP

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
};

} // namespace echo

#endif
