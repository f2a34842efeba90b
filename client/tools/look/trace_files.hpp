// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_TRACE_FILES_HPP
#define TOOLS_LOOK_TRACE_FILES_HPP

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tools/look/descriptors.hpp"
#include "tools/look/processes.hpp"
#include "tools/look/trace_event.hpp"
#include "tools/look/trace_tasks.hpp"

namespace tools::look {

/**
 * What the descriptors in events are, looked up in the process when they are first seen. That is a moment after the event:
 * the descriptor may have been closed by then, or be another file.
 */
class trace_files {
public:
	explicit trace_files(trace_tasks& tasks) : tasks_{tasks} {}

	void know_holder(std::uint64_t instance, pid_t process) { holders_[instance] = process; }

	void forget(pid_t process) { processes_.erase(process); }

	/** Of the step's descriptor, "" if it has none or nothing is known. To be asked about all steps that are shown, in order. */
	[[nodiscard]] std::string describe(const trace_event& event);

private:
	struct process_files {
		explicit process_files(process one) : of{std::move(one)} {}

		process of;
		std::optional<descriptors> names{of};
		std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
	};
	[[nodiscard]] std::string look_up(const trace_event& event, int fd);

	trace_tasks& tasks_;
	std::map<std::uint64_t, pid_t> holders_;
	std::map<pid_t, std::unique_ptr<process_files>> processes_;
	std::map<std::pair<std::uint64_t, int>, std::string> watched_; // by instance and descriptor
};

} // namespace tools::look

#endif
