// SPDX-License-Identifier: MIT
#include "demo/report.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace demo {
namespace {

constexpr std::size_t most_lines = 8;

void print_some(const char* title, const std::vector<std::string>& lines)
{
	std::printf("  %s\n", title);
	for (std::size_t i = 0; i < std::min(lines.size(), most_lines); i++)
		std::printf("    %s\n", lines[i].c_str());
	if (lines.size() > most_lines)
		std::printf("    ... and %zu more lines\n", lines.size() - most_lines);
}

double per(std::uint64_t amount, std::uint64_t of)
{
	return of ? static_cast<double>(amount) / static_cast<double>(of) : 0;
}

} // namespace

void print_plan(const plan& todo, std::uint64_t seed)
{
	std::printf("%zu clients (", todo.clients.size());
	for (std::size_t i = 0; i < conducts; i++) {
		const auto manner = static_cast<conduct>(i);
		std::printf("%s%zu %s", i ? ", " : "", todo.count(manner), name(manner));
	}
	std::printf("), seed %" PRIu64 "\n", seed);
}

void print_errors(const std::vector<std::string>& errors)
{
	if (!errors.empty())
		print_some("ERRORS", errors);
}

void print_run(const named_run& run)
{
	const run_result& result = run.result;
	const echo::traffic& served = result.served;
	const echo::reactor_counts& seen = result.seen;
	const auto [first, last] = std::ranges::minmax(result.load.ports);
	std::printf("\nbackend %s\n", run.backend.data());
	std::printf("  connected  %" PRIu64 " clients at the same time, 127.0.0.1 ports %u to %u\n",
		    served.accepted, unsigned{first}, unsigned{last});
	std::printf("  left       %" PRIu64 " by closing, %" PRIu64 " by reset\n",
		    served.closed - served.resets, served.resets);
	std::printf("  echoed     %" PRIu64 " messages, %" PRIu64 " bytes; %" PRIu64
		    " times held back by a slow reader\n",
		    result.load.messages, result.load.bytes, served.throttled);
	std::printf("  events     %" PRIu64 " in, %" PRIu64 " out, %" PRIu64 " error, %" PRIu64
		    " hangup\n",
		    seen.in, seen.out, seen.error, seen.hangup);
	std::printf("  waits      %" PRIu64 ", %.1f events each\n", seen.waits,
		    per(seen.events, seen.waits));
	std::printf("  calls      %" PRIu64 ", for these waits and %" PRIu64 " changes\n", seen.calls, seen.changes);
	std::printf("  time       %.2f s, of which the server ran %.2f s\n", result.seconds, result.server_cpu_seconds);
	print_some("/proc/self/fdinfo of the set with all clients in it", result.fdinfo);
	print_errors(result.errors);
}

void print_comparison(const std::vector<named_run>& runs)
{
	std::printf("\n  %-10s %9s  %9s  %12s  %s\n", "", "calls", "events", "bytes", "digest of the echoes");
	for (const auto& [backend, result] : runs)
		std::printf("  %-10s %9" PRIu64 "  %9" PRIu64 "  %12" PRIu64 "  %016" PRIx64 "\n", backend.data(),
			    result.seen.calls, result.seen.events, result.load.bytes, result.load.digest);
}

void print_costs(const std::vector<named_run>& runs)
{
	std::printf("  %-10s %9s  %12s\n", "a message", "calls", "instructions");
	for (const auto& [backend, result] : runs) {
		// The clock of the machine advances 1 ns with each instruction.
		const double instructions = result.server_cpu_seconds * 1e9;
		const auto messages = static_cast<double>(std::max<std::uint64_t>(result.load.messages, 1));
		std::printf("  %-10s %9.2f  %12.0f\n", backend.data(), per(result.seen.calls, result.load.messages),
			    instructions / messages);
		print_errors(result.errors);
	}
}

} // namespace demo
