// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_PROCESSES_HPP
#define TOOLS_LOOK_PROCESSES_HPP

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include <myepoll/file_descriptor.hpp>

namespace tools::look {

/** A process, and no other one that gets the same number later. */
class process {
public:
	/** Nothing if there is none of that number. */
	static std::optional<process> find(pid_t id);

	[[nodiscard]] pid_t id() const noexcept { return id_; }
	/** The name of its main thread, at most 15 bytes. */
	[[nodiscard]] const std::string& name() const noexcept { return name_; }
	/** "/proc/PID/" */
	[[nodiscard]] std::string folder() const;
	/** Otherwise what was read in its folder may be of another one. */
	[[nodiscard]] bool still_runs() const noexcept;

	/** Its descriptors of instances; throws std::system_error EACCES if they cannot be read. */
	[[nodiscard]] std::vector<int> instances() const;

	/** A copy of a descriptor, to be closed after one call: it delays the last close of the file. */
	[[nodiscard]] myepoll::file_descriptor copy(int fd, int& error) const noexcept;

private:
	process(pid_t id, myepoll::file_descriptor pidfd);

	pid_t id_;
	myepoll::file_descriptor pidfd_;
	std::string name_;
};

/**
 * The numbers among the names in a folder of /proc, ascending; throws std::system_error if it cannot be opened. If its
 * process ends meanwhile, those that were read until then.
 */
std::vector<int> numbers_in(const std::string& folder);

/** The numbers of all processes. */
std::vector<pid_t> all_processes();

/** An open descriptor of an instance. */
struct holder {
	pid_t process;
	std::string name;
	int fd;
};

/** "nginx[155]:8". */
std::string in_words(const holder& one);

} // namespace tools::look

#endif
