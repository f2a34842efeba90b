// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_VIEW_HPP
#define TOOLS_LOOK_VIEW_HPP

#include <string>
#include <vector>

#include "tools/look/instance_state.hpp"
#include "tools/look/survey.hpp"

namespace tools::look {

struct shown_watch {
	const watch* of;
	std::string what;
	std::vector<holder> file_holders{}; // who has its file open, if that was looked for
};

/** What `show` shows of an instance. */
struct view {
	const known_instance& known;
	const instance_state& state;
	std::vector<shown_watch> watches{};
	std::size_t left_out = 0;  // watches that were wanted, too
	bool all_watches = false;  // nothing was selected or left out: the tree can be drawn
	bool file_holders = false; // were looked for
};

[[nodiscard]] inline bool has(const watch& one, std::uint32_t flag) { return one.item.flags & flag; }

/** The watches on the ready list, in its order. */
std::vector<const shown_watch*> ready_list(const view& of);

void print_text(const view& of);
void print_dot(const view& of);

} // namespace tools::look

#endif
