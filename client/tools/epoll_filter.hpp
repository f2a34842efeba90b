// SPDX-License-Identifier: MIT
#ifndef TOOLS_EPOLL_FILTER_HPP
#define TOOLS_EPOLL_FILTER_HPP

#include <sys/types.h>

#include <optional>
#include <string>

#include <myepoll/file_descriptor.hpp>

/*
 * Seeing each kernel epoll that is made, in whatever way: a seccomp filter that every child
 * inherits and none can take off. A call that it stops waits for an answer, which is always
 * "go on".
 */
namespace tools::epoll_filter {

/** Puts the filter on this thread, for good; the listener that sees what it stops. */
[[nodiscard]] myepoll::file_descriptor install();

/** A process that made a kernel epoll, as it was at that moment. */
struct sighting {
	pid_t process;
	std::string program; // its path, or what name it has
	pid_t parent;
	std::string parent_name;
	bool has_library; // the preload library, so that the call went past it
};

/** Lets one stopped call go on; who it was, unless it asked for nothing or has died. */
std::optional<sighting> let_one_go_on(const myepoll::file_descriptor& listener);

} // namespace tools::epoll_filter

#endif
