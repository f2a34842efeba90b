// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_SURVEY_HPP
#define TOOLS_LOOK_SURVEY_HPP

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "tools/look/processes.hpp"

namespace tools::look {

/** An instance that was found, and by which descriptors. */
struct known_instance {
	std::uint64_t number; // 0 if the module does not tell; then each descriptor counts as an instance of its own
	std::vector<holder> holders;
};

/** All instances that this user may look at. */
class survey {
public:
	/** Of one process; throws a failure if there is none, or if it may not be looked at. */
	explicit survey(pid_t of);
	/** Of all processes. */
	survey();

	[[nodiscard]] const std::vector<known_instance>& instances() const noexcept { return instances_; }
	/** Processes whose descriptors may not be read. */
	[[nodiscard]] unsigned hidden() const noexcept { return hidden_; }
	/** The process of a holder, by which to look at the instance. */
	[[nodiscard]] const process& of(const holder& one) const { return processes_.at(one.process); }

	/** Adds what other processes hold. */
	void add_other_holders();

private:
	void add(process one);

	std::map<pid_t, process> processes_;
	std::map<std::uint64_t, std::size_t> by_number_;
	std::vector<known_instance> instances_;
	unsigned hidden_ = 0;
	bool only_known_ = false; // add holders, but no instances
};

} // namespace tools::look

#endif
