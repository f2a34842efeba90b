// SPDX-License-Identifier: MIT
#include "tools/look/trace.hpp"

#include <cstdio>
#include <memory>
#include <string>

#include "tools/look/trace_file.hpp"
#include "tools/look/trace_files.hpp"
#include "tools/look/trace_output.hpp"
#include "tools/look/trace_session.hpp"
#include "tools/look/words.hpp"

namespace tools::look {
namespace {

/** Writes events as they come. */
class writer : public trace_consumer {
public:
	explicit writer(const trace_options& options) : options_{options}, file_{options.file} {}

	void begin(std::uint64_t start, std::uint64_t, trace_tasks& tasks) override
	{
		files_ = std::make_unique<trace_files>(tasks);
		if (options_.json)
			output_ = make_trace_json(tasks, start);
		else
			output_ = options_.perfetto ? make_trace_perfetto(tasks, start) : make_trace_text(tasks, start);
		output_->begin(text_);
	}

	void know_instance(std::uint64_t number, const holder& by) override { files_->know_holder(number, by.process); }

	void take(const trace_event& event, bool is_wanted) override
	{
		if (event.lost != 0)
			output_->add_lost(event, text_);
		if (event.what == trace_event::kind::freed)
			files_->forget(event.other);
		if (!is_wanted)
			return;
		const std::string what = files_->describe(event);
		output_->add(event, what, text_);
		++shown_;
	}

	bool end_round() override
	{
		const bool is_read = file_.write(text_);
		text_.clear();
		return is_read;
	}

	void end(std::uint64_t lost) override
	{
		output_->end(shown_, lost, text_);
		if (end_round())
			std::fprintf(stderr, "myepoll: %s, %llu lost\n", count_of(shown_, "event", "events").c_str(),
				     static_cast<unsigned long long>(lost));
	}

private:
	trace_options options_;
	trace_file file_;
	std::unique_ptr<trace_files> files_;
	std::unique_ptr<trace_output> output_;
	std::string text_;
	std::uint64_t shown_ = 0;
};

} // namespace

int trace(const trace_options& options, const std::vector<std::string>& command)
{
	writer to{options};
	return follow_events({.process = options.process, .command = command, .buffer = options.buffer}, to);
}

} // namespace tools::look
