// SPDX-License-Identifier: MIT
#ifndef ECHO_ACCEPTOR_HPP
#define ECHO_ACCEPTOR_HPP

#include <cstdint>
#include <functional>

#include <myepoll/file_descriptor.hpp>

#include "examples/echo/handler.hpp"
#include "examples/echo/traffic.hpp"

namespace echo {

/** Listens on a TCP port of the loopback address and hands over every new connection. */
class acceptor : public handler {
public:
	using admit = std::function<void(myepoll::file_descriptor)>;

	/** @param port 0 lets the kernel choose */
	acceptor(std::uint16_t port, traffic& counts, admit admit_connection);

	[[nodiscard]] int fd() const noexcept override { return listener_.get(); }
	[[nodiscard]] std::uint16_t port() const;
	myepoll::interest on_ready(myepoll::interest ready) override;

private:
	bool accept_one();
	void refuse_one();

	myepoll::file_descriptor listener_;
	myepoll::file_descriptor reserve_; // see refuse_one()
	traffic& counts_;
	admit admit_;
};

} // namespace echo

#endif
