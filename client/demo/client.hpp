// SPDX-License-Identifier: MIT
#ifndef DEMO_CLIENT_HPP
#define DEMO_CLIENT_HPP

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <myepoll/file_descriptor.hpp>
#include <myepoll/interest.hpp>

#include "demo/content.hpp"
#include "demo/plan.hpp"

namespace demo {

/**
 * One client of the echo server: a non-blocking socket and the progress through its plan. Until
 * let_loose() it sends only its first message.
 */
class client {
public:
	/** Starts connecting to the loopback address; `todo` must outlive the client. */
	client(const client_plan& todo, std::uint16_t port);

	[[nodiscard]] int fd() const noexcept { return fd_.get(); }

	/** Handles the event and returns what to wait for next. */
	myepoll::interest on_ready(myepoll::interest ready);

	/** Lets it send the rest of its messages; a slow reader stops reading. */
	myepoll::interest let_loose();

	/** Lets a slow reader read. */
	myepoll::interest let_read();

	/** Records why the client failed and resets the connection. */
	void abandon(const std::string& why);

	/** Whether the echo of its first message has arrived (or never will). */
	[[nodiscard]] bool met() const noexcept { return echoed_ > 0 || over(); }

	/** Whether it is a slow reader that is not reading now. */
	[[nodiscard]] bool holds_back() const noexcept { return !reading_; }

	/** Whether it is done or has failed; then there is nothing left to wait for. */
	[[nodiscard]] bool over() const noexcept { return !fd_; }

	/** Why it failed and how far it had got; empty if it did not fail. */
	[[nodiscard]] const std::string& failure() const noexcept { return failure_; }
	[[nodiscard]] conduct manner() const noexcept { return plan_.manner; }
	[[nodiscard]] std::uint16_t local_port() const noexcept { return local_port_; }
	[[nodiscard]] std::uint64_t moved() const noexcept { return sent_ + received_; }
	[[nodiscard]] std::uint64_t echoed_messages() const noexcept { return echoed_; }
	[[nodiscard]] std::uint64_t echoed_bytes() const noexcept { return received_; }
	[[nodiscard]] std::uint64_t echo_digest() const noexcept { return digest_.value(); }

private:
	[[nodiscard]] std::size_t sendable() const noexcept;
	[[nodiscard]] bool is(conduct manner) const noexcept { return plan_.manner == manner; }
	[[nodiscard]] bool all_sent() const noexcept { return sent_ == plan_.bytes(); }
	[[nodiscard]] bool all_echoed() const noexcept { return received_ == plan_.bytes(); }
	myepoll::interest proceed();
	void connected();
	void receive();
	void check(std::span<const char> echo);
	void send();
	bool send_piece();
	void leave();
	void break_off();
	void fail(const char* call, int error);

	const client_plan& plan_;
	myepoll::file_descriptor fd_;
	std::uint16_t local_port_ = 0; // 0 until connected
	bool loose_ = false;
	bool blocked_ = false;   // the send buffer is full
	bool reading_ = true;    // false while a slow reader holds back
	bool shut_down_ = false; // for sending
	std::size_t sent_messages_ = 0; // in full
	std::size_t echoed_ = 0;        // messages, in full
	std::uint64_t sent_ = 0;
	std::uint64_t received_ = 0;
	digest digest_;
	std::string failure_;
};

} // namespace demo

#endif
