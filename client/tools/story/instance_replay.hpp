// SPDX-License-Identifier: MIT
#ifndef TOOLS_STORY_INSTANCE_REPLAY_HPP
#define TOOLS_STORY_INSTANCE_REPLAY_HPP

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/story/interest_tree.hpp"
#include "tools/story/ordered_set.hpp"
#include "tools/story/recording.hpp"
#include "tools/story/ring_replay.hpp"

namespace tools::story {

/** What an instance is like after some steps. A step that does not fit is a problem, told in words. */
class instance_replay {
public:
	explicit instance_replay(const recording& of) : of_{of} {}

	/** It was made by this step, so it is empty. */
	void begin_empty();
	/**
	 * Begins with a page of a snapshot, or adds one to the pages before it. While it was read, `steps_meanwhile` were made:
	 * whether before or after it, only the next page can tell.
	 */
	void begin_with(const snapshot_page& page, std::uint64_t steps_meanwhile);
	/** Nothing is known until it begins again. */
	void forget();
	[[nodiscard]] bool is_known() const noexcept { return is_known_; }

	/** Returns what is wrong, or "". */
	[[nodiscard]] std::string apply(const step& one);
	/** How the last step changed the tree. */
	[[nodiscard]] const std::vector<tree_place>& tree_changes() const noexcept { return tree_changes_; }

	/** Whether the page can have been read now; cheap. */
	[[nodiscard]] bool may_be(const snapshot_page& page) const;
	/** Returns what is different, or "". */
	[[nodiscard]] std::string difference_to(const snapshot_page& page);

	[[nodiscard]] std::size_t watches() const noexcept { return items_.size(); }
	/** The page has agreed with what was replayed. */
	void note_agreement(const snapshot_page& page);
	[[nodiscard]] bool has_agreed() const noexcept { return has_agreed_; }

private:
	struct item {
		int fd;
		std::uint32_t events;
		std::uint64_t data;
		std::uint32_t hooks;
		bool disabled;
	};

	[[nodiscard]] std::string apply_to_item(const step& one, item_index index, item& of);
	[[nodiscard]] std::string check_change(const step& one);
	[[nodiscard]] std::string link(const step& one);
	[[nodiscard]] std::string unlink(item_index index);
	[[nodiscard]] std::string queue(const step& one, item_index index, item& of);
	[[nodiscard]] std::string deliver(const step& one, item_index index, item& of);
	[[nodiscard]] std::string begin_ring(const step& one);
	[[nodiscard]] std::string post(item_index index, item& of, bool is_new);
	static void disable(item& of);
	void add_base_items(const snapshot_page& page);
	void end_scan();
	[[nodiscard]] std::string difference_of_items(const snapshot_page& page);
	[[nodiscard]] std::string difference_of(const snapshot_page& page, std::size_t index) const;
	[[nodiscard]] std::string difference_of_order(const snapshot_page& page) const;
	[[nodiscard]] std::string difference_of_sleepers(const snapshot_page& page) const;
	[[nodiscard]] std::string difference_of_counters(const snapshot_page& page) const;
	void count(std::size_t counter) { ++counters_[counter]; }

	const recording& of_;
	bool is_known_ = false;
	bool is_open_ = false;	   // not all pages of the snapshot are there with which it begins
	bool order_known_ = false; // of the tree
	bool shape_known_ = false;
	bool ready_order_known_ = false;
	bool has_agreed_ = false;
	bool has_all_sleepers_ = false; // a page has room for so many
	std::uint64_t uncertain_ = 0; // counters may be wrong by so much
	std::uint64_t change_ = 0;
	std::array<std::uint64_t, counter_count> counters_{};
	std::unordered_map<item_index, item> items_;
	ordered_set<item_index> order_;
	interest_tree tree_;
	std::vector<tree_place> tree_changes_;
	ordered_set<item_index> ready_;
	ordered_set<item_index> overflow_; // newest first
	std::set<item_index> polled_;	    // by this scan, and is ready
	std::vector<item_index> delivered_; // by this scan, and stays ready
	bool is_scanning_ = false;
	ring_replay ring_;
	ordered_set<pid_t> sleepers_;		 // the next to be woken first
	std::optional<std::set<item_index>> due_{}; // must be in the pages of the snapshot that is compared
};

} // namespace tools::story

#endif
