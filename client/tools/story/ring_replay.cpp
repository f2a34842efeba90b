// SPDX-License-Identifier: MIT
#include "tools/story/ring_replay.hpp"

#include <utility>

namespace tools::story {

std::string ring_replay::begin(std::uint32_t slots)
{
	slots_ = slots;
	next_ = 0;
	return std::exchange(state_, state::begun) == state::begun ? "the instance gets a second ring" : "";
}

std::string ring_replay::post(item_index item, std::uint32_t number)
{
	if (std::string problem = open_post(); !problem.empty())
		return problem;
	open_ = {item, number};
	return state_ == state::none ? "an event is posted, but no step says that the instance has a ring" : "";
}

std::string ring_replay::open_post() const
{
	return open_ ? "no step says what posted the event of item " + std::to_string(open_->item) : "";
}

std::string ring_replay::end_post(item_index item, bool is_new)
{
	const std::optional<posted> made = std::exchange(open_, std::nullopt);
	if (!made || made->item != item)
		return "no step says what was posted for item " + std::to_string(item);
	const std::uint32_t number = made->number;
	if (is_new && next_.value_or(number) != number)
		return "event " + std::to_string(number) + " is posted, and not event " + std::to_string(*next_);
	if (!is_new && !is(item, number))
		return "event " + std::to_string(number) + " is added to, but item " + std::to_string(item) + " does not have it";
	note_taken(item);
	if (is_new)
		next_ = number + 1;
	// What had the slot before has been taken.
	if (const auto before = items_.find(number - slots_); slots_ != 0 && before != items_.end())
		note_taken(before->second);
	events_[item] = number;
	items_[number] = item;
	return "";
}

std::string ring_replay::take_back(item_index item, std::uint32_t number)
{
	if (!is(item, number))
		return "event " + std::to_string(number) + " is taken back, but item " + std::to_string(item) + " does not have it";
	note_taken(item);
	return "";
}

bool ring_replay::is(item_index item, std::uint32_t number) const
{
	const auto found = events_.find(item);
	return found != events_.end() && (found->second == unknown || found->second == number);
}

void ring_replay::note_taken(item_index item)
{
	const auto found = events_.find(item);
	if (found == events_.end())
		return;
	if (found->second != unknown)
		items_.erase(static_cast<std::uint32_t>(found->second));
	events_.erase(found);
}

} // namespace tools::story
