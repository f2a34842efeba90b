// SPDX-License-Identifier: MIT
#ifndef TOOLS_STORY_PLAN_HPP
#define TOOLS_STORY_PLAN_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/story/interest_tree.hpp"
#include "tools/story/recording.hpp"

namespace tools::story {

/** Where a page of a snapshot belongs. */
struct placed_page {
	std::size_t page; // index into recording::snapshots
	std::size_t at;	  // so many steps were made when it was read
	bool is_base;	  // what is known of the instance begins here
	bool agrees;	  // it is what replaying the steps gives
};

struct gap {
	std::size_t at; // before this step
	std::optional<std::uint64_t> count;
};

struct verdict {
	enum class status {
		verified,   // each snapshot is what replaying the steps before it gives
		restarted,  // events were lost, so from some step on only until the next gap, again and again
		wrong,	    // a step or a snapshot does not fit
		unverified, // no snapshot could be compared
	};

	status is = status::unverified;
	std::size_t compared = 0;	   // pages that agree
	std::optional<std::size_t> step{}; // where it is wrong, or the first gap is
	std::string text{};
};

/** What replaying a recording tells. Pages need it, because they cannot know which step comes first, or a tree's shape. */
struct plan {
	std::vector<placed_page> pages{};
	std::vector<std::pair<std::size_t, std::vector<tree_place>>> tree{}; // by step
	std::vector<gap> gaps{};
	verdict result{};
};

/** Puts the steps in order, and replays them. */
plan make_plan(recording& of);

std::string to_json(const plan& of);

} // namespace tools::story

#endif
