// SPDX-License-Identifier: MIT
#include "tools/look/trace_session.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <utility>

#include "tools/failure.hpp"
#include "tools/look/survey.hpp"
#include "tools/look/trace_buffers.hpp"
#include "tools/look/trace_command.hpp"
#include "tools/look/trace_filter.hpp"
#include "tools/look/trace_signals.hpp"

namespace tools::look {
namespace {

using clock = std::chrono::steady_clock;

// Between two readings. Being woken by each event would change what is traced.
constexpr std::chrono::milliseconds pause{20};

constexpr double longest = 1e9; // seconds; more does not fit into the clock

bool has_ended(const myepoll::file_descriptor& process)
{
	pollfd end{process.get(), POLLIN, 0}; // also before its parent has taken notice
	return process && poll(&end, 1, 0) > 0;
}

/** The way of events from the kernel's buffers to the consumer. They are on as long as it lives. */
class session {
public:
	session(const trace_scope& scope, trace_consumer& consumer)
		: consumer_{consumer}, buffers_{scope.buffer}, switched_{buffers_.switch_on()}
	{
		if (scope.seconds)
			end_ = clock::now() + std::chrono::duration_cast<clock::duration>(
						      std::chrono::duration<double>{std::min(*scope.seconds, longest)});
		consumer_.begin(switched_.from, switched_.until, tasks_);
	}

	void know_thread(pid_t thread) { filter_.know_thread(thread); }
	void know_process(pid_t process);

	bool pass_on_new();
	void end();
	[[nodiscard]] std::optional<trace_signals::received> await(const trace_signals& signals, int process = -1) const
	{
		return signals.await(buffers_.has_more() ? std::chrono::milliseconds{0} : pause, process);
	}
	[[nodiscard]] bool is_over() const { return clock::now() >= end_; }

private:
	void pass_on(std::vector<trace_event> events);

	trace_consumer& consumer_;
	trace_buffers buffers_;
	trace_buffers::switching switched_;
	clock::time_point end_ = clock::time_point::max();
	trace_tasks tasks_;
	trace_filter filter_;
};

// Since events are on, no thread or instance is missed that appears meanwhile.
void session::know_process(pid_t process)
{
	filter_.know_thread(process);
	const survey held{process};
	for (const pid_t thread : numbers_in("/proc/" + std::to_string(process) + "/task"))
		filter_.know_thread(thread);
	for (const known_instance& one : held.instances()) {
		filter_.know_instance(one.number);
		consumer_.know_instance(one.number, one.holders.front());
	}
}

bool session::pass_on_new()
{
	pass_on(buffers_.take());
	return consumer_.end_round();
}

void session::pass_on(std::vector<trace_event> events)
{
	for (trace_event& event : events) {
		// The kernel's fast reading of this clock may be slightly behind.
		event.time = std::max(event.time, switched_.from);
		tasks_.note(event);
		const bool is_wanted = filter_.wants(event);
		consumer_.take(event, is_wanted && event.what == trace_event::kind::step);
	}
}

void session::end()
{
	consumer_.last_look();
	buffers_.switch_off();
	pass_on(buffers_.take_rest());
	consumer_.end(buffers_.lost());
}

/** Until a signal comes, the process ends, or no more is wanted. */
void follow_until_stopped(session& run, const trace_signals& signals, const myepoll::file_descriptor& process)
{
	while (run.pass_on_new() && !has_ended(process) && !run.is_over()) {
		const auto signal = run.await(signals, process.get());
		if (signal && signal->number != SIGCHLD)
			return;
	}
}

/** Until the command ends, which gets our signals. If no more is wanted it goes on, untraced. */
void follow_until_end_of(trace_command& command, std::optional<session>& run, const trace_signals& signals)
{
	while (!command.has_ended()) {
		if (run && (!run->pass_on_new() || run->is_over())) {
			run->end();
			run.reset();
		}
		const auto signal = run ? run->await(signals) : signals.await(pause);
		if (signal && signal->number != SIGCHLD && !signal->of_terminal)
			command.pass_on(signal->number);
	}
	if (run)
		run->end();
}

int follow_command(const trace_scope& scope, trace_consumer& consumer, const trace_signals& signals)
{
	// Made first, so that it has none of our files.
	trace_command traced{scope.command, signals};
	std::optional<session> run{std::in_place, scope, consumer};
	run->know_thread(traced.id());
	traced.start();
	follow_until_end_of(traced, run, signals);
	return traced.status();
}

void follow_all(const trace_scope& scope, trace_consumer& consumer, const trace_signals& signals)
{
	session run{scope, consumer};
	follow_until_stopped(run, signals, {});
	run.end();
}

void follow_process(const trace_scope& scope, trace_consumer& consumer, const trace_signals& signals)
{
	const myepoll::file_descriptor process{static_cast<int>(syscall(SYS_pidfd_open, scope.process, 0))};
	if (!process)
		throw failure{own_trouble, "there is no process " + std::to_string(scope.process)};
	session run{scope, consumer};
	try {
		run.know_process(scope.process);
	} catch (const std::runtime_error&) {
		if (!has_ended(process))
			throw;
	}
	follow_until_stopped(run, signals, process);
	run.end();
}

} // namespace

int follow_events(const trace_scope& scope, trace_consumer& consumer)
{
	if (scope.process != 0 && !scope.command.empty())
		throw failure{wrong_usage, "give -p PID or a command, not both"};
	const trace_signals signals;
	if (!scope.command.empty())
		return follow_command(scope, consumer, signals);
	if (scope.process != 0)
		follow_process(scope, consumer, signals);
	else
		follow_all(scope, consumer, signals);
	return 0;
}

} // namespace tools::look
