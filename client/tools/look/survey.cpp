// SPDX-License-Identifier: MIT
#include "tools/look/survey.hpp"

#include <fstream>
#include <string>
#include <system_error>
#include <utility>

#include "tools/failure.hpp"
#include "tools/look/instance_state.hpp"

namespace tools::look {
namespace {

bool has_command_line(const process& one)
{
	return std::ifstream{one.folder() + "cmdline"}.get() != std::ifstream::traits_type::eof();
}

} // namespace

survey::survey(pid_t of)
{
	auto found = process::find(of);
	if (!found)
		throw failure{own_trouble, "there is no process " + std::to_string(of)};
	add(std::move(*found));
	if (hidden_ > 0)
		throw failure{own_trouble, "cannot look at process " + std::to_string(of) +
						   ": Permission denied (only its user may, or root)"};
}

survey::survey()
{
	for (const pid_t id : all_processes())
		if (auto found = process::find(id))
			add(std::move(*found));
}

void survey::add_other_holders()
{
	only_known_ = true;
	for (const pid_t id : all_processes())
		if (!processes_.contains(id))
			if (auto found = process::find(id))
				add(std::move(*found));
}

void survey::add(process one)
{
	std::vector<int> descriptors;
	try {
		descriptors = one.instances();
	} catch (const std::system_error& error) {
		// Or it has ended. Kernel threads have no descriptors, and no command line.
		hidden_ += error.code() == std::errc::permission_denied && has_command_line(one) ? 1 : 0;
		return;
	}
	for (const int fd : descriptors) {
		const std::uint64_t number = number_of(one, fd);
		if (!one.still_runs())
			return;
		holder by{one.id(), one.name(), fd};
		const auto known = by_number_.find(number);
		if (number != 0 && known != by_number_.end()) {
			instances_[known->second].holders.push_back(std::move(by));
		} else if (!only_known_) {
			by_number_[number] = instances_.size();
			instances_.push_back({number, {std::move(by)}});
		}
	}
	if (!descriptors.empty())
		processes_.emplace(one.id(), std::move(one));
}

} // namespace tools::look
