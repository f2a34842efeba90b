// SPDX-License-Identifier: MIT
#ifndef TOOLS_STORY_RECORDER_HPP
#define TOOLS_STORY_RECORDER_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "tools/look/trace_files.hpp"
#include "tools/look/trace_session.hpp"
#include "tools/story/item_table.hpp"
#include "tools/story/progress.hpp"
#include "tools/story/recording.hpp"
#include "tools/story/snapshot_taker.hpp"

namespace tools::story {

/** Makes a recording of the events that it is given, and of snapshots of their instances. */
class recorder : public look::trace_consumer {
public:
	/** `most_steps` bounds its memory. `done` gets the recording. */
	recorder(std::size_t most_steps, bool everybody, std::function<void(recording&)> done)
		: most_steps_{most_steps}, everybody_{everybody}, done_{std::move(done)}
	{
	}

	void begin(std::uint64_t start, std::uint64_t on, look::trace_tasks& tasks) override;
	void know_instance(std::uint64_t number, const look::holder& by) override;
	void take(const look::trace_event& event, bool is_wanted) override;
	bool end_round() override;
	void last_look() override;
	void end(std::uint64_t lost) override;

private:
	void add_step(const look::trace_event& event);
	void note_instance(const look::trace_event& event, const step& one);
	[[nodiscard]] std::uint32_t kind_of(const look::trace_event& event);
	[[nodiscard]] std::int64_t value_of(const look::trace_field& field);
	void note_task(pid_t thread, std::uint64_t time);
	void note_name(pid_t thread, std::uint64_t time);
	void note_sleepers(std::size_t first_page);
	void note_target(const look::trace_event& event, const step& one);
	[[nodiscard]] std::uint64_t time_of(const look::trace_event& event) const { return event.time - start_; }

	std::size_t most_steps_;
	bool everybody_;
	std::function<void(recording&)> done_;

	recording made_;
	item_table items_{made_};
	std::uint64_t start_ = 0;
	std::uint64_t on_ = 0;
	look::trace_tasks* tasks_ = nullptr;
	std::optional<look::trace_files> files_;
	std::optional<snapshot_taker> snapshots_;
	progress shown_;
	std::map<std::string, std::uint32_t> kinds_;
	std::map<std::string, std::int64_t> words_;
	std::map<pid_t, std::string> names_;
	std::map<item_index, std::string> targets_;
	std::set<std::uint64_t> open_; // instances
	std::set<std::uint64_t> seen_; // also those that were closed
};

} // namespace tools::story

#endif
