// SPDX-License-Identifier: MIT
#ifndef TOOLS_STORY_INTEREST_TREE_HPP
#define TOOLS_STORY_INTEREST_TREE_HPP

#include <array>
#include <unordered_map>
#include <vector>

#include "tools/story/recording.hpp"

namespace tools::story {

/** Where a node hangs. */
struct tree_place {
	item_index item;
	item_index parent; // 0: it is the root
	int side;	   // 0 left, 1 right
	bool red;
	bool operator==(const tree_place&) const = default;
};

/**
 * The shape that the kernel's red-black tree has after the same insertions and removals. The order of the items is given,
 * since it depends on addresses.
 */
class interest_tree {
public:
	/** As a whole snapshot has it. Returns false, and is empty, if that is no red-black tree in the order of the items. */
	bool assign(const std::vector<seen_item>& items);
	/** Before `next` in the order, or at the end if that is 0. Returns what has moved, or changed its colour. */
	std::vector<tree_place> insert(item_index item, item_index next);
	/** Likewise, without the one that is removed. */
	std::vector<tree_place> erase(item_index item);

	[[nodiscard]] tree_place place_of(item_index item) const;
	[[nodiscard]] bool contains(item_index item) const { return nodes_.contains(item); }

private:
	struct node {
		item_index parent = 0;
		std::array<item_index, 2> child{};
		bool red = false;
	};

	[[nodiscard]] bool is_red(item_index item) const { return item != 0 && nodes_.at(item).red; }
	[[nodiscard]] int side_of(item_index item) const;
	[[nodiscard]] item_index last_below(item_index top, int side) const;
	node& change(item_index item);
	void hang(item_index item, item_index parent, int side);
	void rotate(item_index top, int side);
	void mend_insertion(item_index item);
	void mend_removal(item_index parent, int side);
	[[nodiscard]] std::vector<tree_place> changes();
	[[nodiscard]] bool is_sound(const std::vector<seen_item>& items) const;

	item_index root_ = 0;
	std::unordered_map<item_index, node> nodes_;
	std::unordered_map<item_index, tree_place> before_; // of nodes that were touched
};

} // namespace tools::story

#endif
