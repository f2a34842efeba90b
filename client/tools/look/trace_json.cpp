// SPDX-License-Identifier: MIT
#include <array>

#include "tools/look/json.hpp"
#include "tools/look/trace_output.hpp"
#include "tools/look/words.hpp"

namespace tools::look {
namespace {

using nlohmann::ordered_json;

// As ls and show write them: more digits than a double has.
bool is_written_in_hexadecimal(const std::string& field) { return field == "item" || field == "data"; }

void add_field(const trace_field& field, ordered_json& to)
{
	if (is_written_in_hexadecimal(field.name))
		to[field.name] = hexadecimal(static_cast<std::uint64_t>(field.number));
	else if (field.text == std::to_string(field.number) || field.name == "result")
		to[field.name] = field.number;
	else
		to[field.name] = field.text;
	if (field.name == "result" && field.number < 0)
		to["error"] = field.text;
}

class trace_json : public trace_output {
public:
	trace_json(trace_tasks& tasks, std::uint64_t start) : tasks_{tasks}, start_{start} {}

	void begin(std::string& to) override { add_line({{"version", json_version}}, to); }

	void add(const trace_event& event, const std::string& what, std::string& to) override
	{
		constexpr std::array contexts{"task", "softirq", "hardirq"};
		ordered_json line{{"time", seconds(event)},
				  {"cpu", event.cpu},
				  {"context", contexts[static_cast<std::size_t>(event.where)]}};
		if (event.where == trace_event::context::task) {
			line["thread"] = event.thread;
			line["name"] = tasks_.name_of(event.thread);
		}
		line["instance"] = event.instance;
		line["event"] = event.name;
		for (const trace_field& one : event.fields)
			add_field(one, line);
		if (!what.empty())
			line["what"] = what;
		add_line(line, to);
	}

	void add_lost(const trace_event& before, std::string& to) override
	{
		ordered_json line{{"time", seconds(before)}, {"cpu", before.cpu}, {"event", "lost"}};
		if (before.lost > 0)
			line["count"] = before.lost;
		add_line(line, to);
	}

	void end(std::uint64_t shown, std::uint64_t lost, std::string& to) override
	{
		add_line({{"events", shown}, {"lost", lost}}, to);
	}

private:
	[[nodiscard]] double seconds(const trace_event& event) const
	{
		const std::uint64_t microseconds = (event.time - start_) / 1000;
		return static_cast<double>(microseconds) / 1e6;
	}
	static void add_line(const ordered_json& value, std::string& to)
	{
		to += value.dump(-1, ' ', true, ordered_json::error_handler_t::replace) + '\n';
	}

	trace_tasks& tasks_;
	std::uint64_t start_;
};

} // namespace

std::unique_ptr<trace_output> make_trace_json(trace_tasks& tasks, std::uint64_t start)
{
	return std::make_unique<trace_json>(tasks, start);
}

} // namespace tools::look
