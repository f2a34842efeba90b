// SPDX-License-Identifier: MIT
// Insertion and removal as textbooks have them; the kernel's result is the same, node by node.
#include "tools/story/interest_tree.hpp"

#include <utility>

#include <linux/myepoll.h>

namespace tools::story {

bool interest_tree::assign(const std::vector<seen_item>& items)
{
	nodes_.clear();
	root_ = 0;
	for (std::size_t i = 0; i < items.size(); ++i) {
		const seen_item& one = items[i];
		node& of = nodes_[one.item];
		of.red = one.flags & MYEPOLL_ITEM_RED;
		if (one.parent < 0) {
			root_ = one.item;
			continue;
		}
		const auto above = static_cast<std::size_t>(one.parent);
		of.parent = items[above].item;
		nodes_[of.parent].child[i < above ? 0 : 1] = one.item;
	}
	if (is_sound(items))
		return true;
	nodes_.clear();
	root_ = 0;
	return false;
}

// Each node is where its parent has it, between its neighbours in the order, not red below red, and all ways down have as
// many black nodes.
bool interest_tree::is_sound(const std::vector<seen_item>& items) const
{
	constexpr int no_tree_is_deeper = 128;
	std::unordered_map<item_index, std::size_t> rank;
	for (std::size_t i = 0; i < items.size(); ++i)
		rank[items[i].item] = i;
	int blacks_of_all = -1;
	for (std::size_t i = 0; i < items.size(); ++i) {
		int blacks = 0, depth = 0;
		for (item_index at = items[i].item; at != 0; at = nodes_.at(at).parent) {
			const item_index parent = nodes_.at(at).parent;
			const auto side = static_cast<std::size_t>(side_of(at));
			blacks += nodes_.at(at).red ? 0 : 1;
			const bool is_in_place = parent == 0 ? at == root_ : nodes_.at(parent).child[side] == at;
			const bool is_in_order = parent == 0 || (side == 0 ? i < rank.at(parent) : i > rank.at(parent));
			if (!is_in_place || !is_in_order || (nodes_.at(at).red && (parent == 0 || is_red(parent))) || ++depth > no_tree_is_deeper)
				return false;
		}
		const auto& child = nodes_.at(items[i].item).child;
		if (child[0] != 0 && child[1] != 0)
			continue;
		if (blacks_of_all >= 0 && blacks != blacks_of_all)
			return false;
		blacks_of_all = blacks;
	}
	return true;
}

int interest_tree::side_of(item_index item) const
{
	const item_index parent = nodes_.at(item).parent;
	return parent != 0 && nodes_.at(parent).child[1] == item ? 1 : 0;
}

tree_place interest_tree::place_of(item_index item) const
{
	const node& of = nodes_.at(item);
	return {item, of.parent, side_of(item), of.red};
}

item_index interest_tree::last_below(item_index top, int side) const
{
	for (item_index next = top; next != 0; next = nodes_.at(top).child[static_cast<std::size_t>(side)])
		top = next;
	return top;
}

interest_tree::node& interest_tree::change(item_index item)
{
	before_.try_emplace(item, place_of(item));
	return nodes_.at(item);
}

void interest_tree::hang(item_index item, item_index parent, int side)
{
	if (item != 0)
		change(item).parent = parent;
	if (parent == 0)
		root_ = item;
	else
		nodes_.at(parent).child[static_cast<std::size_t>(side)] = item;
}

// The child on the other side takes the place of `top`, which sinks to `side`.
void interest_tree::rotate(item_index top, int side)
{
	const auto down = static_cast<std::size_t>(side);
	const item_index parent = nodes_.at(top).parent;
	const int top_side = side_of(top);
	const item_index rising = nodes_.at(top).child[1 - down];
	const item_index between = nodes_.at(rising).child[down];
	change(top);
	change(rising);
	if (between != 0)
		change(between);
	hang(between, top, 1 - side);
	hang(rising, parent, top_side);
	hang(top, rising, side);
}

std::vector<tree_place> interest_tree::insert(item_index item, item_index next)
{
	before_.clear();
	item_index parent = next;
	int side = 0;
	if (next == 0 || nodes_.at(next).child[0] != 0) {
		parent = last_below(next == 0 ? root_ : nodes_.at(next).child[0], 1);
		side = 1;
	}
	nodes_[item] = {.parent = parent, .red = true};
	before_.try_emplace(item, tree_place{item, item, -1, false}); // equal to no place
	hang(item, parent, side);
	mend_insertion(item);
	return changes();
}

// A red node must not have a red parent.
void interest_tree::mend_insertion(item_index item)
{
	while (is_red(nodes_.at(item).parent)) {
		item_index parent = nodes_.at(item).parent;
		const item_index above = nodes_.at(parent).parent;
		const int side = side_of(parent);
		const item_index uncle = nodes_.at(above).child[static_cast<std::size_t>(1 - side)];
		if (is_red(uncle)) {
			change(parent).red = change(uncle).red = false;
			change(above).red = true;
			item = above;
			continue;
		}
		if (side_of(item) != side) {
			rotate(parent, side);
			std::swap(item, parent);
		}
		change(parent).red = false;
		change(above).red = true;
		rotate(above, 1 - side);
	}
	if (nodes_.at(root_).red)
		change(root_).red = false;
}

std::vector<tree_place> interest_tree::erase(item_index item)
{
	before_.clear();
	const node gone = nodes_.at(item);
	const int side = side_of(item);
	bool black_is_missing = !gone.red;
	item_index parent = gone.parent;
	int short_side = side;
	if (gone.child[0] != 0 && gone.child[1] != 0) {
		// The next in the order takes its place and colour.
		const item_index heir = last_below(gone.child[1], 0);
		const item_index orphan = nodes_.at(heir).child[1];
		black_is_missing = !nodes_.at(heir).red;
		parent = nodes_.at(heir).parent;
		short_side = side_of(heir);
		change(heir);
		if (parent == item) {
			parent = heir;
			short_side = 1;
		} else {
			hang(orphan, parent, 0);
			hang(gone.child[1], heir, 1);
		}
		hang(gone.child[0], heir, 0);
		hang(heir, gone.parent, side);
		change(heir).red = gone.red;
	} else {
		hang(gone.child[0] != 0 ? gone.child[0] : gone.child[1], gone.parent, side);
	}
	nodes_.erase(item);
	before_.erase(item);
	if (black_is_missing)
		mend_removal(parent, short_side);
	return changes();
}

// Below `parent`, on `side`, one black node is missing on all ways.
void interest_tree::mend_removal(item_index parent, int side)
{
	for (;;) {
		const item_index here = parent != 0 ? nodes_.at(parent).child[static_cast<std::size_t>(side)] : root_;
		if (is_red(here) || parent == 0) {
			if (is_red(here))
				change(here).red = false;
			return;
		}
		const auto near = static_cast<std::size_t>(side), far = 1 - near;
		item_index sibling = nodes_.at(parent).child[far];
		if (is_red(sibling)) {
			change(sibling).red = false;
			change(parent).red = true;
			rotate(parent, side);
			sibling = nodes_.at(parent).child[far];
		}
		if (!is_red(nodes_.at(sibling).child[0]) && !is_red(nodes_.at(sibling).child[1])) {
			change(sibling).red = true;
			if (nodes_.at(parent).red) {
				change(parent).red = false;
				return;
			}
			const int above = side_of(parent);
			parent = nodes_.at(parent).parent;
			side = above;
			continue;
		}
		if (!is_red(nodes_.at(sibling).child[far])) {
			change(nodes_.at(sibling).child[near]).red = false;
			change(sibling).red = true;
			rotate(sibling, 1 - side);
			sibling = nodes_.at(parent).child[far];
		}
		change(sibling).red = nodes_.at(parent).red;
		change(parent).red = false;
		change(nodes_.at(sibling).child[far]).red = false;
		rotate(parent, side);
		return;
	}
}

std::vector<tree_place> interest_tree::changes()
{
	std::vector<tree_place> changed;
	for (const auto& [item, place] : before_)
		if (const tree_place now = place_of(item); now != place)
			changed.push_back(now);
	before_.clear();
	return changed;
}

} // namespace tools::story
