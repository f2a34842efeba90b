// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_INSTANCE_STATE_HPP
#define TOOLS_LOOK_INSTANCE_STATE_HPP

#include <sys/sysmacros.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <linux/myepoll.h>

#include "tools/look/processes.hpp"

namespace tools::look {

/** The file behind a watch, as fdinfo names it: files without an inode of their own share one. */
struct watched_file {
	std::uint64_t inode;
	std::uint64_t device;
};

/** A device number as fdinfo has it: in the kernel's own form. */
inline std::uint64_t kernel_device(dev_t device) noexcept
{
	return std::uint64_t{gnu_dev_major(device)} << 20 | gnu_dev_minor(device);
}

struct watch {
	myepoll_item item{}; // flags, hooks, position and parent only if a snapshot was taken
	std::optional<watched_file> file;
};

struct sleeper {
	pid_t thread;
	std::uint64_t asleep_ms;
};

/** What the module says of a ring in fdinfo, in its order: "slots", "posted", "taken back". */
using ring_counts = std::vector<std::pair<std::string, std::uint64_t>>;

/** What an instance is like. */
struct instance_state {
	std::uint64_t number = 0;      // 0 if the module does not tell
	bool has_snapshot = false;     // otherwise only what fdinfo has is known: fd, interest and data
	std::string why_no_snapshot{}; // what to do about it
	bool whole = false;            // all in one page: positions and tree are known
	bool changed = false;          // between the first page and the last
	std::uint64_t change = 0;
	std::uint64_t watches = 0;
	std::uint64_t ready = 0;
	myepoll_counters counters{};
	std::vector<sleeper> sleepers{};
	std::vector<watch> items{}; // in the order of the tree
	ring_counts ring{};	    // empty: it has none, or that was not looked for
};

/** What to leave out, because a large instance has many pages. */
enum class detail { counters_only, with_ready_count, with_items };

/**
 * Looks at an instance by the module's SNAPSHOT, or if that is impossible reads its fdinfo. Nothing if the process or the
 * descriptor has gone, or the descriptor is no instance any more.
 */
std::optional<instance_state> look_at(const process& of, int fd, detail how_much);

/** Adds what only fdinfo says: to each watch its file, and the counts of the ring. */
void add_fdinfo(const process& of, int fd, instance_state& to);

/** One page of a SNAPSHOT, by a copy of the descriptor that lives for this one call; 0 or a negative errno. */
int take_page(const process& of, int fd, myepoll_snapshot& page);

/** Its number, or 0; a sign of life of the module, too. */
std::uint64_t number_of(const process& of, int fd);

} // namespace tools::look

#endif
