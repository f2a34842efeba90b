// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_TRACE_OUTPUT_HPP
#define TOOLS_LOOK_TRACE_OUTPUT_HPP

#include <cstdint>
#include <memory>
#include <string>

#include "tools/look/trace_event.hpp"
#include "tools/look/trace_tasks.hpp"

namespace tools::look {

/** Writes events in one of the formats. All text goes to the end of a string. */
class trace_output {
public:
	virtual ~trace_output() = default;
	virtual void begin(std::string& to) = 0;
	/** `what` is the descriptor that the event has, if known. */
	virtual void add(const trace_event& event, const std::string& what, std::string& to) = 0;
	/** Events that were lost on a CPU before this one; negative: unknown how many. */
	virtual void add_lost(const trace_event& before, std::string& to) = 0;
	virtual void end(std::uint64_t shown, std::uint64_t lost, std::string& to) = 0;
};

/** `start`: the time from which the output counts. */
std::unique_ptr<trace_output> make_trace_text(trace_tasks& tasks, std::uint64_t start);
std::unique_ptr<trace_output> make_trace_json(trace_tasks& tasks, std::uint64_t start);
/** The JSON of the Chrome trace format, which ui.perfetto.dev opens. */
std::unique_ptr<trace_output> make_trace_perfetto(trace_tasks& tasks, std::uint64_t start);

} // namespace tools::look

#endif
