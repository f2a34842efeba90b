// SPDX-License-Identifier: MIT
#ifndef TOOLS_STORY_RING_REPLAY_HPP
#define TOOLS_STORY_RING_REPLAY_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "tools/story/recording.hpp"

namespace tools::story {

/**
 * The events that may be on the ring of an instance. That one is taken has no step: it is known when its slot is used again,
 * or from a snapshot.
 */
class ring_replay {
public:
	/** The instance was made now, so it has no ring. */
	void begin_empty() { state_ = state::none; }
	/** A snapshot has shown an event of the item. */
	void note_event(item_index item) { events_[item] = unknown; }

	// These return what is wrong, or "".
	[[nodiscard]] std::string begin(std::uint32_t slots);
	/** The step behind says by what. */
	[[nodiscard]] std::string post(item_index item, std::uint32_t number);
	[[nodiscard]] std::string end_post(item_index item, bool is_new);
	[[nodiscard]] std::string take_back(item_index item, std::uint32_t number);
	/** Nothing must be open: the lock is free. */
	[[nodiscard]] std::string open_post() const;

	/** An event of the item, if there is one, has been taken. */
	void note_taken(item_index item);
	[[nodiscard]] bool may_have(item_index item) const { return events_.contains(item); }

private:
	enum class state { unknown, none, begun };
	static constexpr std::uint64_t unknown = UINT64_MAX;
	struct posted {
		item_index item;
		std::uint32_t number;
	};

	/** Whether the event of the item may be that one. */
	[[nodiscard]] bool is(item_index item, std::uint32_t number) const;

	state state_ = state::unknown;
	std::uint32_t slots_ = 0;		   // 0: unknown, or it has only a header
	std::optional<std::uint32_t> next_{};	   // number of the next event, if known
	std::optional<posted> open_{};
	std::unordered_map<item_index, std::uint64_t> events_;	 // their numbers
	std::unordered_map<std::uint32_t, item_index> items_; // whose they are, by number
};

} // namespace tools::story

#endif
