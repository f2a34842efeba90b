// SPDX-License-Identifier: MIT
#include "tools/look/trace.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "tools/failure.hpp"
#include "tools/look/survey.hpp"
#include "tools/look/trace_buffers.hpp"
#include "tools/look/trace_command.hpp"
#include "tools/look/trace_file.hpp"
#include "tools/look/trace_files.hpp"
#include "tools/look/trace_filter.hpp"
#include "tools/look/trace_output.hpp"
#include "tools/look/trace_signals.hpp"
#include "tools/look/trace_tasks.hpp"
#include "tools/look/words.hpp"

namespace tools::look {
namespace {

// Between two readings. Being woken by each event would change what is traced.
constexpr std::chrono::milliseconds pause{20};

/** The way of events from the kernel's buffers to the output. They are on as long as it lives. */
class tracing {
public:
	explicit tracing(const trace_options& options) : file_{options.file}, buffers_{options.buffer}, start_{buffers_.switch_on()}
	{
		if (options.json)
			output_ = make_trace_json(tasks_, start_);
		else
			output_ = options.perfetto ? make_trace_perfetto(tasks_, start_) : make_trace_text(tasks_, start_);
		std::string text;
		output_->begin(text);
		file_.write(text);
	}

	[[nodiscard]] trace_filter& filter() noexcept { return filter_; }
	void follow(pid_t process);

	/** Shows what has come; false if nobody reads it any more. */
	bool show_new() { return show(buffers_.take()); }
	[[nodiscard]] bool has_more() const noexcept { return buffers_.has_more(); }
	void end();

private:
	bool show(std::vector<trace_event> events);

	trace_file file_;
	trace_buffers buffers_;
	std::uint64_t start_;
	trace_tasks tasks_;
	trace_filter filter_;
	trace_files files_{tasks_};
	std::unique_ptr<trace_output> output_;
	std::uint64_t shown_ = 0;
};

// Since events are on, no thread or instance is missed that appears meanwhile.
void tracing::follow(pid_t process)
{
	filter_.know_thread(process);
	const survey held{process};
	for (const pid_t thread : numbers_in("/proc/" + std::to_string(process) + "/task"))
		filter_.know_thread(thread);
	for (const known_instance& one : held.instances()) {
		filter_.know_instance(one.number);
		files_.know_holder(one.number, process);
	}
}

bool tracing::show(std::vector<trace_event> events)
{
	std::string text;
	for (trace_event& event : events) {
		// The kernel's fast reading of this clock may be slightly behind.
		event.time = std::max(event.time, start_);
		if (event.lost != 0)
			output_->add_lost(event, text);
		tasks_.note(event);
		const bool is_wanted = filter_.wants(event);
		if (event.what == trace_event::kind::freed)
			files_.forget(event.other);
		if (!is_wanted || event.what != trace_event::kind::step)
			continue;
		const std::string what = files_.describe(event);
		output_->add(event, what, text);
		++shown_;
	}
	return file_.write(text);
}

void tracing::end()
{
	buffers_.switch_off();
	show(buffers_.take_rest());
	const std::uint64_t lost = buffers_.lost();
	std::string text;
	output_->end(shown_, lost, text);
	if (file_.write(text))
		std::fprintf(stderr, "myepoll: %s, %llu lost\n", count_of(shown_, "event", "events").c_str(),
			     static_cast<unsigned long long>(lost));
}

bool has_ended(const myepoll::file_descriptor& process)
{
	return process && syscall(SYS_pidfd_send_signal, process.get(), 0, nullptr, 0) != 0 && errno == ESRCH;
}

/** Until a signal comes, the process ends, or nobody reads the output. */
void trace_until_stopped(tracing& run, const trace_signals& signals, const myepoll::file_descriptor& process)
{
	while (run.show_new() && !has_ended(process)) {
		const auto signal = signals.await(run.has_more() ? std::chrono::milliseconds{0} : pause, process.get());
		if (signal && signal->number != SIGCHLD)
			return;
	}
}

/** Until the command ends, which gets our signals. Without a reader it goes on, untraced. */
void trace_until_end_of(trace_command& command, tracing& run, const trace_signals& signals)
{
	for (bool is_read = true; !command.has_ended();) {
		if (is_read && !run.show_new()) {
			is_read = false;
			run.end();
		}
		const auto signal = signals.await(is_read && run.has_more() ? std::chrono::milliseconds{0} : pause);
		if (signal && signal->number != SIGCHLD && !signal->of_terminal)
			command.pass_on(signal->number);
	}
}

int trace_command_line(const trace_options& options, const std::vector<std::string>& command, const trace_signals& signals)
{
	// Made first, so that it has none of our files.
	trace_command traced{command, signals};
	tracing run{options};
	run.filter().know_thread(traced.id());
	traced.start();
	trace_until_end_of(traced, run, signals);
	run.end();
	return traced.status();
}

void trace_all(const trace_options& options, const trace_signals& signals)
{
	tracing run{options};
	trace_until_stopped(run, signals, {});
	run.end();
}

void trace_process(const trace_options& options, const trace_signals& signals)
{
	const myepoll::file_descriptor process{static_cast<int>(syscall(SYS_pidfd_open, options.process, 0))};
	if (!process)
		throw failure{own_trouble, "there is no process " + std::to_string(options.process)};
	tracing run{options};
	try {
		run.follow(options.process);
	} catch (const std::runtime_error&) {
		if (!has_ended(process))
			throw;
	}
	trace_until_stopped(run, signals, process);
	run.end();
}

} // namespace

int trace(const trace_options& options, const std::vector<std::string>& command)
{
	if (options.process != 0 && !command.empty())
		throw failure{wrong_usage, "trace: -p PID or a command, not both"};
	const trace_signals signals;
	if (!command.empty())
		return trace_command_line(options, command, signals);
	if (options.process != 0)
		trace_process(options, signals);
	else
		trace_all(options, signals);
	return 0;
}

} // namespace tools::look
