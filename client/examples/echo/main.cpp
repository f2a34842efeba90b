// SPDX-License-Identifier: MIT
// The echo server as a program. The first Ctrl-C lets the clients finish, the second stops at once.
#include <getopt.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stop_token>
#include <string_view>
#include <thread>

#include <myepoll/instance.hpp>

#include "examples/echo/batched_instance.hpp"
#include "examples/echo/echo_server.hpp"
#include "examples/echo/epoll_instance.hpp"
#include "examples/echo/number.hpp"
#include "examples/echo/ring_instance.hpp"

namespace {

constexpr const char* usage = "usage: echo-server [--backend=myepoll|batched|ring|epoll] [--port=NUMBER]\n"
			      "Echoes what TCP clients on 127.0.0.1 send. batched is myepoll with changes\n"
			      "and wait in one call, ring takes events without a call, edge-triggered.\n";

constexpr std::array<std::string_view, 4> backends{"myepoll", "batched", "ring", "epoll"};

struct options {
	std::string_view backend = "myepoll";
	std::uint16_t port = 7007;
};

[[noreturn]] void leave(int status)
{
	std::fputs(usage, status ? stderr : stdout);
	std::exit(status);
}

options parse(int argc, char** argv)
{
	constexpr std::array<option, 4> known{{{"backend", required_argument, nullptr, 'b'},
					       {"port", required_argument, nullptr, 'p'},
					       {"help", no_argument, nullptr, 'h'},
					       {}}};
	options chosen;
	for (int letter; (letter = getopt_long(argc, argv, "", known.data(), nullptr)) != -1;) {
		if (letter == 'b') {
			chosen.backend = optarg;
		} else if (letter == 'p') {
			if (!echo::parse_number(optarg, chosen.port))
				leave(2);
		} else {
			leave(letter == 'h' ? 0 : 2);
		}
	}
	if (optind != argc || std::ranges::find(backends, chosen.backend) == backends.end())
		leave(2);
	return chosen;
}

sigset_t block_termination_signals()
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, nullptr);
	return set;
}

template <class Instance>
void serve(const options& chosen)
{
	const sigset_t termination = block_termination_signals();
	echo::echo_server<Instance> server{chosen.port};
	std::printf("echo on 127.0.0.1:%u, backend %s\n", unsigned{server.port()},
		    chosen.backend.data());
	std::fflush(stdout);
	const std::jthread watcher{[&](const std::stop_token& over) {
		const std::stop_callback unblock{
			over, // the signal is blocked, so it only wakes up sigwait()
			// NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread)
			[self = pthread_self()] { pthread_kill(self, SIGTERM); }};
		for (bool first = true; !over.stop_requested(); first = false) {
			int number;
			sigwait(&termination, &number);
			if (first)
				server.finish();
			else
				server.stop();
		}
	}};
	server.run();
	const echo::traffic& served = server.served();
	std::printf("%llu connections, %llu bytes\n",
		    static_cast<unsigned long long>(served.accepted),
		    static_cast<unsigned long long>(served.sent));
}

} // namespace

int main(int argc, char** argv)
try {
	const options chosen = parse(argc, argv);
	if (chosen.backend == "epoll")
		serve<echo::epoll_instance>(chosen);
	else if (chosen.backend == "batched")
		serve<echo::batched_instance>(chosen);
	else if (chosen.backend == "ring")
		serve<echo::ring_instance>(chosen);
	else
		serve<myepoll::instance>(chosen);
} catch (const std::exception& error) {
	std::fprintf(stderr, "echo-server: %s\n", error.what());
	return 1;
}
