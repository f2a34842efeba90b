// SPDX-License-Identifier: MIT
#ifndef TOOLS_STORY_ORDERED_SET_HPP
#define TOOLS_STORY_ORDERED_SET_HPP

#include <list>
#include <unordered_map>

namespace tools::story {

/** A list without duplicates in which elements are found at once. */
template <typename value> class ordered_set {
public:
	ordered_set() = default;
	// Iterators into the list must not be copied.
	ordered_set(const ordered_set&) = delete;
	ordered_set& operator=(const ordered_set&) = delete;
	ordered_set(ordered_set&&) = default;
	ordered_set& operator=(ordered_set&&) = default;

	[[nodiscard]] bool contains(value one) const { return places_.contains(one); }
	[[nodiscard]] std::size_t size() const { return places_.size(); }
	[[nodiscard]] bool empty() const { return places_.empty(); }
	[[nodiscard]] auto begin() const { return all_.begin(); }
	[[nodiscard]] auto end() const { return all_.end(); }

	void push_back(value one) { places_[one] = all_.insert(all_.end(), one); }
	void push_front(value one) { places_[one] = all_.insert(all_.begin(), one); }
	/** At the end if `next` is not in it. */
	void insert_before(value next, value one)
	{
		const auto found = places_.find(next);
		places_[one] = all_.insert(found != places_.end() ? found->second : all_.end(), one);
	}
	bool erase(value one)
	{
		const auto found = places_.find(one);
		if (found == places_.end())
			return false;
		all_.erase(found->second);
		places_.erase(found);
		return true;
	}
	void clear()
	{
		all_.clear();
		places_.clear();
	}

private:
	std::list<value> all_;
	std::unordered_map<value, typename std::list<value>::iterator> places_;
};

} // namespace tools::story

#endif
