// SPDX-License-Identifier: MIT
#include "tools/look/trace_files.hpp"

namespace tools::look {

std::string trace_files::describe(const trace_event& event)
{
	if (event.name == "release")
		holders_.erase(event.instance);
	// These fire in a process that has the descriptors of both, instance and target.
	if (event.name == "create" || event.name == "link" || event.name == "ctl" || event.name == "wait")
		holders_[event.instance] = tasks_.process_of(event.thread);
	const trace_field* const field = event.find("fd");
	// Of these it is the descriptor of something else than a target.
	if (field == nullptr || event.name == "create" || event.name == "ring")
		return {};
	const int fd = static_cast<int>(field->number);
	const auto known = watched_.find({event.instance, fd});
	if (event.name == "unlink") {
		std::string last = known != watched_.end() ? std::move(known->second) : "";
		if (known != watched_.end())
			watched_.erase(known);
		return last;
	}
	if (known != watched_.end())
		return known->second;
	std::string found = look_up(event, fd);
	// A ctl is no sign that the descriptor is watched.
	if (!found.empty() && event.name != "ctl")
		watched_[{event.instance, fd}] = found;
	return found;
}

std::string trace_files::look_up(const trace_event& event, int fd)
{
	const auto holder = holders_.find(event.instance);
	if (holder == holders_.end())
		return {};
	std::unique_ptr<process_files>& files = processes_[holder->second];
	if (!files) {
		auto of = process::find(holder->second);
		if (!of)
			return processes_.erase(holder->second), "";
		files = std::make_unique<process_files>(std::move(*of));
	}
	std::string found = files->names->describe(fd).value_or("");
	// A socket that is younger than the tables which were read.
	const std::chrono::steady_clock::time_point fired{std::chrono::nanoseconds{event.time}};
	if (found.starts_with("socket:[") && files->since < fired) {
		files->names.emplace(files->of);
		files->since = std::chrono::steady_clock::now();
		found = files->names->describe(fd).value_or("");
	}
	return found;
}

} // namespace tools::look
