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

/** The result of one run of the plan on one backend. */
struct run_result {
	load_result load;
	std::vector<std::string> fdinfo; ///< of the server's set while all clients were connected
	double seconds = 0;
	double server_cpu_seconds = 0;
	echo::traffic served;
	echo::reactor_counts seen;
	std::vector<std::string> errors; ///< of the clients, and deviations from the plan
};

[[nodiscard]] std::vector<std::string> read_fdinfo(int fd);
[[nodiscard]] double thread_cpu_seconds();

/** Waits for the server's thread; ends the process with a message if the thread is stuck. */
void await_end(const std::shared_future<double>& server);

/** Adds to the errors whatever deviates from the plan. */
void compare_with_plan(const plan& todo, load_result& result);

/** Fills in the errors: those of the clients, and whatever deviates from the plan. */
void compare_with_plan(const plan& todo, run_result& result);

/** An echo server in a thread of its own. */
template <class Instance>
class server_thread {
public:
	~server_thread()
	{
		server_.stop();
		await_end(thread_);
	}

	/** Lets the server run until the last client has left; returns the CPU time it used. */
	double finish()
	{
		server_.finish();
		await_end(thread_);
		return thread_.get();
	}

	[[nodiscard]] const echo::echo_server<Instance>& server() const noexcept { return server_; }

private:
	echo::echo_server<Instance> server_{0};
	std::shared_future<double> thread_ = std::async(std::launch::async, [this] {
		server_.run();
		return thread_cpu_seconds();
	});
};

/** Carries out the plan against an echo server on the backend. */
template <class Instance>
run_result run(const plan& todo)
{
	run_result result;
	const auto start = std::chrono::steady_clock::now();
	server_thread<Instance> thread;
	result.load = carry_out(todo, thread.server().port(), [&] {
		result.fdinfo = read_fdinfo(thread.server().set_fd());
	});
	result.server_cpu_seconds = thread.finish();
	result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
	result.served = thread.server().served();
	result.seen = thread.server().seen();
	compare_with_plan(todo, result);
	return result;
}

} // namespace demo

#endif
