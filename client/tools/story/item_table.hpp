// SPDX-License-Identifier: MIT
#ifndef TOOLS_STORY_ITEM_TABLE_HPP
#define TOOLS_STORY_ITEM_TABLE_HPP

#include <cstdint>
#include <unordered_map>

#include "tools/story/recording.hpp"

namespace tools::story {

/** Gives the items of a recording, which have numbers of 64 bits, small ones. */
class item_table {
public:
	explicit item_table(recording& to) : to_{to} {}

	item_index index_of(std::uint64_t number)
	{
		const auto [known, is_new] = known_.try_emplace(number, static_cast<item_index>(to_.items.size() + 1));
		if (is_new)
			to_.items.push_back(number);
		return known->second;
	}

private:
	recording& to_;
	std::unordered_map<std::uint64_t, item_index> known_;
};

} // namespace tools::story

#endif
