// SPDX-License-Identifier: MIT
#ifndef DEMO_OPTIONS_HPP
#define DEMO_OPTIONS_HPP

#include <cstdint>
#include <string_view>

namespace demo {

struct options {
	unsigned clients = 1000;
	unsigned messages = 100'000;
	std::uint64_t seed = 1;
	std::string_view backend; // empty: all
	std::uint16_t port = 0;   // of a server that is there already; 0: none
	bool instructions = false;
};

/** Reads the command line; ends the process with the usage if it makes no sense. */
options parse(int argc, char** argv);

} // namespace demo

#endif
