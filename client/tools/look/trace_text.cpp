// SPDX-License-Identifier: MIT
#include <array>
#include <cinttypes>
#include <cstdio>

#include "tools/look/trace_output.hpp"

namespace tools::look {
namespace {

class trace_text : public trace_output {
public:
	trace_text(trace_tasks& tasks, std::uint64_t start) : tasks_{tasks}, start_{start} {}

	void begin(std::string&) override {}

	void add(const trace_event& event, const std::string& what, std::string& to) override
	{
		add_time(event, to);
		std::array<char, 128> text{};
		std::snprintf(text.data(), text.size(), "%-22s %4" PRIu64 "  %-10s", actor_in_words(event, tasks_).c_str(),
			      event.instance, event.name.c_str());
		to += text.data();
		for (const trace_field& one : event.fields) {
			to += ' ' + one.name + '=' + one.text;
			if (one.name == "fd" && !what.empty())
				to += " (" + what + ')';
		}
		to.erase(to.find_last_not_of(' ') + 1);
		to += '\n';
	}

	void add_lost(const trace_event& before, std::string& to) override
	{
		add_time(before, to);
		to += "cpu " + std::to_string(before.cpu) + ": " +
		      (before.lost > 0 ? std::to_string(before.lost) : std::string{"some"}) + " events lost before this\n";
	}

	void end(std::uint64_t, std::uint64_t, std::string&) override {}

private:
	void add_time(const trace_event& event, std::string& to) const
	{
		const std::uint64_t microseconds = (event.time - start_) / 1000;
		std::array<char, 32> text{};
		std::snprintf(text.data(), text.size(), "%5" PRIu64 ".%06" PRIu64 "  ", microseconds / 1'000'000,
			      microseconds % 1'000'000);
		to += text.data();
	}

	trace_tasks& tasks_;
	std::uint64_t start_;
};

} // namespace

std::unique_ptr<trace_output> make_trace_text(trace_tasks& tasks, std::uint64_t start)
{
	return std::make_unique<trace_text>(tasks, start);
}

} // namespace tools::look
