// SPDX-License-Identifier: MIT
// The demo: many TCP clients and an echo server that waits on myepoll, every byte checked; the same
// with changes and wait in one call, with events from a ring, and on the kernel's own epoll. The last line of output is a
// summary.
#include <sys/resource.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <system_error>
#include <vector>

#include <myepoll/instance.hpp>

#include "demo/options.hpp"
#include "demo/plan.hpp"
#include "demo/report.hpp"
#include "demo/run.hpp"
#include "examples/echo/batched_instance.hpp"
#include "examples/echo/epoll_instance.hpp"
#include "examples/echo/ring_instance.hpp"

namespace {

struct backend {
	std::string_view name;
	demo::run_result (*run)(const demo::plan& todo);
};

constexpr std::array<backend, 4> backends{{{"myepoll", demo::run<myepoll::instance>},
					   {"batched", demo::run<echo::batched_instance>},
					   {"ring", demo::run<echo::ring_instance>},
					   {"epoll", demo::run<echo::epoll_instance>}}};

/** The chosen backends; the last one is the reference. */
std::vector<backend> chosen_backends(std::string_view name)
{
	if (name.empty())
		return {backends.begin(), backends.end()};
	return {*std::ranges::find(backends, name, &backend::name), backends.back()};
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

void print_summary(const demo::plan& todo, const demo::load_result& load, std::size_t errors,
		   const std::string& servers)
{
	utsname system{};
	::uname(&system);
	std::printf("demo: clients=%zu messages=%" PRIu64 " bytes=%" PRIu64 " errors=%zu %s kernel=%s\n",
		    todo.clients.size(), load.messages, load.bytes, errors, servers.c_str(), system.release);
}

int demonstrate(const demo::plan& todo, const demo::options& chosen)
{
	std::vector<demo::named_run> runs;
	std::string names = "backends=";
	std::size_t errors = 0;
	const std::vector<backend> on = chosen_backends(chosen.backend);
	if (chosen.instructions)
		on.front().run(todo); // the first run of all takes 1 % more
	for (const auto& [name, run] : on) {
		runs.push_back({name, run(todo)});
		if (!chosen.instructions)
			demo::print_run(runs.back());
		names.append(runs.size() > 1 ? "," : "").append(name);
		errors += runs.back().result.errors.size();
	}
	if (chosen.instructions) {
		demo::print_costs(runs);
		return errors ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	demo::print_comparison(runs);

	const demo::load_result& first = runs.front().result.load;
	const bool same = std::ranges::all_of(runs, [&first](const demo::named_run& one) {
		return one.result.load.digest == first.digest;
	});
	std::printf("  the echoes are %s\n\n", same ? "identical" : "DIFFERENT");
	errors += !same;
	print_summary(todo, first, errors, names);
	return errors ? EXIT_FAILURE : EXIT_SUCCESS;
}

int load_server(const demo::plan& todo, std::uint16_t port)
{
	demo::load_result result = demo::carry_out(todo, port, [] {});
	demo::compare_with_plan(todo, result);
	demo::print_errors(result.errors);
	print_summary(todo, result, result.errors.size(), "port=" + std::to_string(port));
	return result.errors.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace

int main(int argc, char** argv)
try {
	std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
	const demo::options chosen = demo::parse(argc, argv);
	allow_descriptors(chosen.clients);
	const demo::plan todo{chosen.clients, chosen.messages, chosen.seed};
	if (!chosen.instructions)
		demo::print_plan(todo, chosen.seed);
	return chosen.port ? load_server(todo, chosen.port) : demonstrate(todo, chosen);
} catch (const std::exception& error) {
	std::fprintf(stderr, "demo: %s\n", error.what());
	return EXIT_FAILURE;
}
