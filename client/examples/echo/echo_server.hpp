// SPDX-License-Identifier: MIT
#ifndef ECHO_ECHO_SERVER_HPP
#define ECHO_ECHO_SERVER_HPP

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "examples/echo/acceptor.hpp"
#include "examples/echo/connection.hpp"
#include "examples/echo/reactor.hpp"
#include "examples/echo/traffic.hpp"

namespace echo {

/** What serves a client: a connection, unless the set has something else for that. */
template <class Instance>
struct service {
	using type = connection;
};
template <class Instance>
	requires requires { typename Instance::connection; }
struct service<Instance> {
	using type = typename Instance::connection;
};

/** A TCP echo server on the loopback address, on any set that a reactor takes. */
template <class Instance>
class echo_server {
public:
	/** Starts to listen; @p port 0 lets the kernel choose. */
	explicit echo_server(std::uint16_t port)
	{
		auto listener = std::make_unique<acceptor>(
			port, counts_, [this](myepoll::file_descriptor fd) {
				reactor_.adopt(std::make_unique<client>(std::move(fd), counts_),
					       client::first_interest);
			});
		port_ = listener->port();
		reactor_.adopt(std::move(listener), myepoll::interest::in);
	}

	/** Serves until finish() or stop(). */
	void run()
	{
		reactor_.run([this] { return over(); });
	}

	/** From any thread: makes run() return as soon as no client is connected. */
	void finish() noexcept { enter(phase::finishing); }

	/** From any thread: makes run() return at once. */
	void stop() noexcept { enter(phase::stopped); }

	[[nodiscard]] std::uint16_t port() const noexcept { return port_; }

	/** The descriptor of the set, for reading its /proc/self/fdinfo. */
	[[nodiscard]] int set_fd() const noexcept { return reactor_.fd(); }

	/** Call these two only while run() is not running. */
	[[nodiscard]] const traffic& served() const noexcept { return counts_; }
	[[nodiscard]] const reactor_counts& seen() const noexcept { return reactor_.counts(); }

private:
	using client = typename service<Instance>::type;

	enum class phase { serving, finishing, stopped };

	void enter(phase next) noexcept
	{
		phase_ = next;
		reactor_.wake();
	}

	[[nodiscard]] bool over() const noexcept
	{
		const phase now = phase_;
		return now == phase::stopped ||
		       (now == phase::finishing && counts_.accepted == counts_.closed);
	}

	traffic counts_; // outlives the connections, whose destructors still count in it
	std::atomic<phase> phase_ = phase::serving;
	std::uint16_t port_ = 0;
	reactor<Instance> reactor_;
};

} // namespace echo

#endif
