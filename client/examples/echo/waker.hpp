// SPDX-License-Identifier: MIT
#ifndef ECHO_WAKER_HPP
#define ECHO_WAKER_HPP

#include <sys/eventfd.h>

#include <cerrno>
#include <system_error>

#include <myepoll/file_descriptor.hpp>

#include "examples/echo/handler.hpp"

namespace echo {

/** An eventfd by which any thread ends a wait. */
class waker : public handler {
public:
	waker() : fd_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)}
	{
		if (!fd_)
			throw std::system_error(errno, std::system_category(), "eventfd");
	}

	[[nodiscard]] int fd() const noexcept override { return fd_.get(); }

	void wake() noexcept { eventfd_write(fd(), 1); }

	myepoll::interest on_ready(myepoll::interest) override
	{
		eventfd_t ignored;
		eventfd_read(fd(), &ignored);
		return myepoll::interest::in;
	}

private:
	myepoll::file_descriptor fd_;
};

} // namespace echo

#endif
