// SPDX-License-Identifier: MIT
#ifndef LOOPS_SERVE_HPP
#define LOOPS_SERVE_HPP

#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <myepoll/interest.hpp>

#include "examples/echo/acceptor.hpp"
#include "examples/echo/connection.hpp"
#include "examples/echo/number.hpp"

namespace loops {

inline std::uint16_t port_in(std::string_view text)
{
	std::uint16_t port;
	if (!echo::parse_number(text, port))
		throw std::invalid_argument("usage: PROGRAM [PORT]");
	return port;
}

/**
 * The main function of an echo server on an event loop. Loop has start(), which takes over a handler
 * and what it waits for, and run(), which returns when no handler is left.
 */
template <class Loop>
int serve(int argc, char** argv)
try {
	echo::traffic counts; // outlives the connections, which count in it
	Loop loop;
	auto listener = std::make_unique<echo::acceptor>(
		argc > 1 ? port_in(argv[1]) : 7007, counts, [&](myepoll::file_descriptor client) {
			loop.start(std::make_unique<echo::connection>(std::move(client), counts),
				   myepoll::interest::in);
		});
	std::printf("echo on 127.0.0.1:%u\n", unsigned{listener->port()});
	std::fflush(stdout);
	loop.start(std::move(listener), myepoll::interest::in);
	loop.run();
	throw std::runtime_error("the listening socket cannot be watched");
} catch (const std::exception& error) {
	std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
	return 1;
}

} // namespace loops

#endif
