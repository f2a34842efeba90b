// SPDX-License-Identifier: MIT
#ifndef TOOLS_EPOLL_FILTER_HPP
#define TOOLS_EPOLL_FILTER_HPP

#include <sys/types.h>

#include <optional>
#include <string>

#include <myepoll/file_descriptor.hpp>

/*
 * Sees every kernel epoll that is made, in whatever way: a seccomp filter that every child inherits
 * and none can remove. A call that it stops waits for a response, which is always to continue.
 */
namespace tools::epoll_filter {

/** Installs the filter on this thread for good; returns the listener that sees what it stops. */
[[nodiscard]] myepoll::file_descriptor install();

/** A process that made a kernel epoll, as it was at that moment. */
struct sighting {
	pid_t process;
	std::string program; // its path, or its name if that is unknown
	pid_t parent;
	std::string parent_name;
	bool has_library; // has mapped the preload library, so the call bypassed it
};

/** Lets one stopped call continue; returns its caller, unless that died or the call makes no epoll. */
std::optional<sighting> let_one_go_on(const myepoll::file_descriptor& listener);

} // namespace tools::epoll_filter

#endif
