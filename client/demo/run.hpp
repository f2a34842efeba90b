// SPDX-License-Identifier: MIT
#ifndef DEMO_RUN_HPP
#define DEMO_RUN_HPP

#include <chrono>
#include <cstdint>
#include <future>
#include <string>
#include <vector>

#include "demo/load.hpp"
#include "demo/plan.hpp"
#include "examples/echo/echo_server.hpp"

namespace demo {

/** What is to be told of one run of the plan on one backend. */
struct run_result {
	load_result load;
	std::vector<std::string> fdinfo; ///< of the server's set while everybody was connected
	double seconds = 0;
	double server_cpu_seconds = 0;
	echo::traffic served;
	echo::reactor_counts seen;
	std::vector<std::string> errors; ///< of both sides
};

[[nodiscard]] std::vector<std::string> read_fdinfo(int fd);
[[nodiscard]] double thread_cpu_seconds();

/** Waits for the server's thread; one that is stuck in the kernel ends the process with a word. */
void await_end(const std::future<double>& server);

/** Adds to the errors what does not agree with the plan. */
void compare_with_plan(const plan& todo, run_result& result);

/** Starts an echo server in a thread of its own, carries out the plan against it and ends it. */
template <class Instance>
run_result run(const plan& todo)
{
	run_result result;
	const auto start = std::chrono::steady_clock::now();
	echo::echo_server<Instance> server{0};
	std::future<double> thread = std::async(std::launch::async, [&] {
		server.run();
		return thread_cpu_seconds();
	});
	result.load = carry_out(todo, server.port(),
				[&] { result.fdinfo = read_fdinfo(server.set_fd()); });
	server.finish();
	await_end(thread);
	result.server_cpu_seconds = thread.get();
	result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
	result.served = server.served();
	result.seen = server.seen();
	compare_with_plan(todo, result);
	return result;
}

} // namespace demo

#endif
