// SPDX-License-Identifier: MIT
// Only events that need no nesting on a track: instants, pairs of an asynchronous begin and end, counters, names.
#include <map>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "tools/look/trace_output.hpp"
#include "tools/look/trace_ready.hpp"

namespace tools::look {
namespace {

using nlohmann::ordered_json;

// What interrupts do belongs to no process: a number that none can have, and a thread for each CPU.
constexpr pid_t interrupts = 1 << 22 | 1;

struct track {
	pid_t process;
	pid_t thread;
};

class trace_perfetto : public trace_output {
public:
	trace_perfetto(trace_tasks& tasks, std::uint64_t start) : tasks_{tasks}, start_{start} {}

	void begin(std::string& to) override { to += R"({"displayTimeUnit":"ns","traceEvents":[)"; }

	void add(const trace_event& event, const std::string& what, std::string& to) override
	{
		last_ = event.time;
		const track on = track_of(event);
		add_names(event, on, to);
		if (event.name == "wait")
			begin_span("WAIT", event, on, to);
		else if (event.name == "sleep")
			begin_span("sleep", event, on, to);
		else if (event.name == "change_begin")
			begin_span("CHANGE", event, on, to);
		else if (event.name == "wait_end" || event.name == "woken" || event.name == "change_end")
			end_spans(event.name == "woken" ? "sleep" : event.name == "wait_end" ? "WAIT" : "CHANGE", event, to);
		ordered_json instant = make("i", event.name, event.time, on);
		instant["s"] = "t";
		instant["args"] = arguments(event, what);
		append(instant, to);
		if (const auto lengths = ready_.note(event)) {
			ordered_json counter = make("C", "instance " + std::to_string(event.instance), event.time, on);
			counter["args"] = {{"ready", lengths->ready}, {"overflow", lengths->overflow}};
			append(counter, to);
		}
	}

	void add_lost(const trace_event& before, std::string& to) override
	{
		const track on{interrupts, before.cpu + 1};
		add_name("process_name", on, "interrupts", to);
		add_name("thread_name", on, "cpu " + std::to_string(before.cpu), to);
		ordered_json instant = make("i", "lost", before.time, on);
		instant["s"] = "t";
		instant["args"] = {{"count", before.lost > 0 ? ordered_json(before.lost) : ordered_json("unknown")}};
		append(instant, to);
	}

	void end(std::uint64_t, std::uint64_t, std::string& to) override
	{
		for (auto& [thread, open] : spans_)
			close(open, 0, last_, to);
		to += "\n]}\n";
	}

private:
	struct span {
		std::string name;
		track on;
	};

	track track_of(const trace_event& event)
	{
		if (event.where != trace_event::context::task)
			return {interrupts, event.cpu + 1};
		return {tasks_.process_of(event.thread), event.thread};
	}

	[[nodiscard]] ordered_json make(const char* phase, const std::string& name, std::uint64_t time, const track& on) const
	{
		return {{"ph", phase},
			{"name", name},
			{"ts", static_cast<double>(time - start_) / 1e3},
			{"pid", on.process},
			{"tid", on.thread},
			{"cat", "myepoll"}};
	}

	static ordered_json arguments(const trace_event& event, const std::string& what)
	{
		ordered_json all{{"instance", event.instance}};
		for (const trace_field& one : event.fields)
			all[one.name] = one.text;
		if (!what.empty())
			all["what"] = what;
		return all;
	}

	// A thread is in one call at a time; its sleep is within a WAIT. What is still open has lost its end.
	void begin_span(const char* name, const trace_event& event, const track& on, std::string& to)
	{
		std::vector<span>& open = spans_[event.thread];
		const bool is_sleep = std::string_view{name} == "sleep";
		close(open, is_sleep && !open.empty() && open.front().name == "WAIT" ? 1 : 0, event.time, to);
		open.push_back({name, on});
		add_pair_event("b", open.back(), event.time, to);
	}

	void end_spans(const std::string& name, const trace_event& event, std::string& to)
	{
		std::vector<span>& open = spans_[event.thread];
		for (std::size_t i = 0; i < open.size(); ++i)
			if (open[i].name == name)
				return close(open, i, event.time, to);
	}

	void close(std::vector<span>& open, std::size_t left, std::uint64_t time, std::string& to)
	{
		for (; open.size() > left; open.pop_back())
			add_pair_event("e", open.back(), time, to);
	}

	void add_pair_event(const char* phase, const span& of, std::uint64_t time, std::string& to)
	{
		ordered_json event = make(phase, of.name, time, of.on);
		event["id"] = of.on.thread;
		append(event, to);
	}

	void add_names(const trace_event& event, const track& on, std::string& to)
	{
		if (event.where != trace_event::context::task) {
			add_name("process_name", on, "interrupts", to);
			add_name("thread_name", on, "cpu " + std::to_string(event.cpu), to);
			return;
		}
		add_name("process_name", {on.process, on.process}, tasks_.name_of(on.process), to);
		add_name("thread_name", on, tasks_.name_of(on.thread), to);
	}

	// Once, and again when it has changed.
	void add_name(const char* kind, const track& of, const std::string& name, std::string& to)
	{
		std::string& known = names_[{kind, of.thread}];
		if (known == name)
			return;
		known = name;
		append({{"ph", "M"}, {"name", kind}, {"pid", of.process}, {"tid", of.thread}, {"args", {{"name", name}}}}, to);
	}

	void append(const ordered_json& event, std::string& to)
	{
		to += is_first_ ? "\n" : ",\n";
		is_first_ = false;
		to += event.dump(-1, ' ', true, ordered_json::error_handler_t::replace);
	}

	trace_tasks& tasks_;
	std::uint64_t start_;
	std::uint64_t last_ = start_;
	bool is_first_ = true;
	std::map<std::pair<std::string, pid_t>, std::string> names_;
	std::map<pid_t, std::vector<span>> spans_; // by thread, the outer one first
	trace_ready ready_;
};

} // namespace

std::unique_ptr<trace_output> make_trace_perfetto(trace_tasks& tasks, std::uint64_t start)
{
	return std::make_unique<trace_perfetto>(tasks, start);
}

} // namespace tools::look
