// SPDX-License-Identifier: MIT
#include "demo/options.hpp"

#include <getopt.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "examples/echo/number.hpp"

namespace demo {
namespace {

constexpr const char* usage =
	"usage: demo [--clients=1000] [--messages=100000] [--seed=1] [--instructions]\n"
	"            [--backend=myepoll|batched|ring|epoll | --port=NUMBER]\n"
	"Loads an echo server on each backend, the last on epoll as a reference, and compares them.\n"
	"\n"
	"  --backend=NAME   only on this one and the reference; batched is myepoll with changes and\n"
	"                   wait in one call, ring takes events without a call, edge-triggered\n"
	"  --port=NUMBER    load the echo server that listens there, and no other\n"
	"  --instructions   print only what a message costs the server: calls of the set, and\n"
	"                   instructions, on a machine whose clock counts these (qemu/vm --accel icount)\n"
	"\n"
	"There must be at least one client, and at least one message per client.\n";

constexpr std::array<std::string_view, 5> backends{"", "myepoll", "batched", "ring", "epoll"};

[[noreturn]] void leave(int status)
{
	std::fputs(usage, status ? stderr : stdout);
	std::exit(status);
}

template <class Number>
void parse_number(const char* text, Number& number)
{
	if (!echo::parse_number(text, number))
		leave(2);
}

bool makes_sense(const options& chosen)
{
	return chosen.clients > 0 && chosen.messages >= chosen.clients &&
	       std::ranges::find(backends, chosen.backend) != backends.end() &&
	       (chosen.port == 0 || (chosen.backend.empty() && !chosen.instructions));
}

} // namespace

options parse(int argc, char** argv)
{
	constexpr std::array<option, 8> known{{{"clients", required_argument, nullptr, 'c'},
					       {"messages", required_argument, nullptr, 'm'},
					       {"seed", required_argument, nullptr, 's'},
					       {"backend", required_argument, nullptr, 'b'},
					       {"port", required_argument, nullptr, 'p'},
					       {"instructions", no_argument, nullptr, 'i'},
					       {"help", no_argument, nullptr, 'h'},
					       {}}};
	options chosen;
	for (int letter; (letter = getopt_long(argc, argv, "", known.data(), nullptr)) != -1;)
		switch (letter) {
		case 'c':
			parse_number(optarg, chosen.clients);
			break;
		case 'm':
			parse_number(optarg, chosen.messages);
			break;
		case 's':
			parse_number(optarg, chosen.seed);
			break;
		case 'b':
			chosen.backend = optarg;
			break;
		case 'p':
			parse_number(optarg, chosen.port);
			break;
		case 'i':
			chosen.instructions = true;
			break;
		default:
			leave(letter == 'h' ? 0 : 2);
		}
	if (optind != argc || !makes_sense(chosen))
		leave(2);
	return chosen;
}

} // namespace demo
