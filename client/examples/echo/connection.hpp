// SPDX-License-Identifier: MIT
#ifndef ECHO_CONNECTION_HPP
#define ECHO_CONNECTION_HPP

#include <cstddef>
#include <vector>

#include <myepoll/file_descriptor.hpp>

#include "examples/echo/handler.hpp"
#include "examples/echo/traffic.hpp"

namespace echo {

/** One client: sends back what it receives, in order, until the client has finished sending. */
class connection : public handler {
public:
	static constexpr myepoll::interest first_interest = myepoll::interest::in;

	connection(myepoll::file_descriptor fd, traffic& counts) noexcept;
	~connection() override;

	[[nodiscard]] int fd() const noexcept override { return fd_.get(); }
	myepoll::interest on_ready(myepoll::interest ready) override;
	void on_refused(const std::error_code&) override { counts_.refused++; }

	/** What the socket was found not to be ready for any more by the last on_ready(): in, out. */
	[[nodiscard]] myepoll::interest used_up() const noexcept { return used_up_; }

private:
	[[nodiscard]] std::size_t pending() const noexcept { return output_.size() - taken_; }
	myepoll::interest next_interest();
	void receive();
	void send();
	void break_off_unless_temporary(myepoll::interest tried);

	myepoll::file_descriptor fd_;
	traffic& counts_;
	std::vector<char> output_;
	std::size_t taken_ = 0; // bytes at the front of output_ that are already sent
	bool finished_ = false; // the client will send no more
	bool broken_ = false;   // nothing can be sent any more
	bool reading_ = true;
	bool no_more_ = false; // the client is known to have finished; what it has sent may not be read yet
	myepoll::interest used_up_ = myepoll::interest::none;
};

} // namespace echo

#endif
