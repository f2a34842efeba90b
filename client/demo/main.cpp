// SPDX-License-Identifier: MIT
// The demo: many TCP clients and an echo server that waits on myepoll, every byte checked; then the
// same on the kernel's own epoll. The last line of output is a summary.
#include <getopt.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string_view>
#include <system_error>

#include <myepoll/instance.hpp>

#include "demo/plan.hpp"
#include "demo/report.hpp"
#include "demo/run.hpp"
#include "examples/echo/epoll_instance.hpp"

namespace {

constexpr const char* usage =
	"usage: demo [--clients=1000] [--messages=100000] [--seed=1] [--backend=myepoll|epoll]\n"
	"Loads an echo server on the backend, then one on epoll as a reference, and compares them.\n"
	"There must be at least one client, and at least one message per client.\n";

struct options {
	unsigned clients = 1000;
	unsigned messages = 100'000;
	std::uint64_t seed = 1;
	std::string_view backend = "myepoll";
};

[[noreturn]] void leave(int status)
{
	std::fputs(usage, status ? stderr : stdout);
	std::exit(status);
}

template <class Number>
void parse_number(const char* text, Number& number)
{
	const char* end = text + std::strlen(text);
	const auto [rest, error] = std::from_chars(text, end, number);
	if (error != std::errc{} || rest != end)
		leave(2);
}

options parse(int argc, char** argv)
{
	constexpr std::array<option, 6> known{{{"clients", required_argument, nullptr, 'c'},
					       {"messages", required_argument, nullptr, 'm'},
					       {"seed", required_argument, nullptr, 's'},
					       {"backend", required_argument, nullptr, 'b'},
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
		default:
			leave(letter == 'h' ? 0 : 2);
		}
	if (optind != argc || chosen.clients == 0 || chosen.messages < chosen.clients ||
	    (chosen.backend != "myepoll" && chosen.backend != "epoll"))
		leave(2);
	return chosen;
}

// Both ends of each connection live in this process.
void allow_descriptors(unsigned clients)
{
	const rlim_t needed = 2 * rlim_t{clients} + 64;
	rlimit limit{};
	::getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur >= needed)
		return;
	limit.rlim_cur = needed;
	limit.rlim_max = std::max(limit.rlim_max, needed);
	if (::setrlimit(RLIMIT_NOFILE, &limit) < 0)
		throw std::system_error(errno, std::system_category(), "raise RLIMIT_NOFILE");
}

int demonstrate(const options& chosen)
{
	allow_descriptors(chosen.clients);
	const demo::plan todo{chosen.clients, chosen.messages, chosen.seed};
	const char* backend = chosen.backend.data();

	demo::print_plan(todo, chosen.seed);
	const demo::run_result result = chosen.backend == "myepoll"
						? demo::run<myepoll::instance>(todo)
						: demo::run<echo::epoll_instance>(todo);
	demo::print_run(backend, result);
	const demo::run_result reference = demo::run<echo::epoll_instance>(todo);
	demo::print_run("epoll (reference)", reference);
	demo::print_comparison(backend, result, reference);

	const bool same = result.load.digest == reference.load.digest;
	std::printf("  the echoes are %s\n\n", same ? "identical" : "DIFFERENT");
	const std::size_t errors = result.errors.size() + reference.errors.size() + !same;
	utsname system{};
	::uname(&system);
	std::printf("demo: clients=%u messages=%" PRIu64 " bytes=%" PRIu64
		    " errors=%zu backend=%s kernel=%s\n",
		    chosen.clients, result.load.messages, result.load.bytes, errors, backend,
		    system.release);
	return errors ? EXIT_FAILURE : EXIT_SUCCESS;
}

} // namespace

int main(int argc, char** argv)
try {
	std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
	return demonstrate(parse(argc, argv));
} catch (const std::exception& error) {
	std::fprintf(stderr, "demo: %s\n", error.what());
	return EXIT_FAILURE;
}
