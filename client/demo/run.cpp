// SPDX-License-Identifier: MIT
#include "demo/run.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>

namespace demo {
namespace {

// If a slow reader sends less than this, it may all fit into the buffers of the connection.
constexpr std::uint64_t surely_throttled = 512 * std::uint64_t{1024};

void expect(auto& result, const char* what, std::uint64_t actual, std::uint64_t planned)
{
	if (actual != planned)
		result.errors.push_back(std::string(what) + ": " + std::to_string(actual) +
					", expected " + std::to_string(planned));
}

std::uint64_t watches(const std::vector<std::string>& fdinfo)
{
	return static_cast<std::uint64_t>(std::ranges::count_if(
		fdinfo, [](const std::string& line) { return line.starts_with("tfd:"); }));
}

bool must_throttle(const client_plan& one)
{
	return one.manner == conduct::slow_reader && one.bytes() >= surely_throttled;
}

} // namespace

std::vector<std::string> read_fdinfo(int fd)
{
	std::ifstream file{"/proc/self/fdinfo/" + std::to_string(fd)};
	std::vector<std::string> lines;
	for (std::string line; std::getline(file, line);)
		lines.push_back(line);
	return lines;
}

double thread_cpu_seconds()
{
	timespec used{};
	::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

void await_end(const std::shared_future<double>& server)
{
	if (server.wait_for(patience) == std::future_status::ready)
		return;
	std::fputs("demo: the server was told to stop, but did not\n", stderr);
	std::_Exit(EXIT_FAILURE);
}

void compare_with_plan(const plan& todo, load_result& result)
{
	std::uint64_t messages = 0, bytes = 0;
	for (const client_plan& one : todo.clients) {
		messages += one.ends.size();
		bytes += one.bytes();
	}
	expect(result, "messages echoed", result.messages, messages);
	expect(result, "bytes echoed", result.bytes, bytes);
}

void compare_with_plan(const plan& todo, run_result& result)
{
	compare_with_plan(todo, result.load);
	result.errors = result.load.errors;
	expect(result, "connections accepted", result.served.accepted, todo.clients.size());
	expect(result, "connections refused", result.served.refused, 0);
	expect(result, "connections reset", result.served.resets, todo.count(conduct::reset));
	// Besides the clients, the server watches its listening socket and its eventfd.
	expect(result, "watches in fdinfo", watches(result.fdinfo), todo.clients.size() + 2);
	if (result.served.throttled == 0 && std::ranges::any_of(todo.clients, must_throttle))
		result.errors.emplace_back("no slow reader made the server stop reading");
}

} // namespace demo
