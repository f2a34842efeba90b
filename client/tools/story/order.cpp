// SPDX-License-Identifier: MIT
#include "tools/story/order.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <queue>
#include <tuple>
#include <utility>

namespace tools::story {
namespace {

using chain = std::vector<std::size_t>; // indexes of steps that must stay in this order

// The removal of a ready item makes two changes, so no other step has the number between.
bool is_removal_of_ready(const recording& of, const step& one, std::int64_t before)
{
	return of.name_of(one) == "unlink" && of.value(one, "change") == before + 2;
}

void sort_by_change(const recording& of, chain& steps)
{
	const auto change = [&](std::size_t i) { return of.value(of.steps[i], "change"); };
	// Among those with one change number, the one that made it is the first.
	std::ranges::stable_sort(steps, {}, [&](std::size_t i) { return std::pair{change(i), !makes_a_change(of, of.steps[i])}; });
	std::int64_t before = 0;
	for (auto group = steps.begin(); group != steps.end();) {
		const auto end = std::find_if(group, steps.end(), [&](std::size_t i) { return change(i) != change(*group); });
		if (!makes_a_change(of, of.steps[*group])) {
			const auto removal = std::find_if(group, end, [&](std::size_t i) { return is_removal_of_ready(of, of.steps[i], before); });
			if (removal != end)
				std::rotate(group, removal, removal + 1);
		}
		before = change(*group);
		group = end;
	}
}

std::vector<chain> chains_of(const recording& of)
{
	std::map<std::tuple<int, int, pid_t>, chain> actors;
	std::map<std::uint64_t, chain> instances;
	for (std::size_t i = 0; i < of.steps.size(); ++i) {
		const step& one = of.steps[i];
		const bool is_interrupt = one.context != 0;
		actors[{one.context, is_interrupt ? one.cpu : 0, is_interrupt ? 0 : one.thread}].push_back(i);
		if (of.has(one, "change"))
			instances[one.instance].push_back(i);
	}
	std::vector<chain> all;
	for (auto& [instance, steps] : instances) {
		sort_by_change(of, steps);
		all.push_back(std::move(steps));
	}
	for (auto& [actor, steps] : actors)
		all.push_back(std::move(steps));
	return all;
}

} // namespace

bool makes_a_change(const recording& of, const step& one)
{
	constexpr std::array kinds{"scan_begin", "scan_end", "post", "take_back"};
	const std::string_view outcome = of.word(one, "outcome");
	return std::ranges::find(kinds, of.name_of(one)) != kinds.end() || outcome == "queued" || outcome == "overflowed";
}

void put_in_order(recording& of)
{
	std::ranges::stable_sort(of.steps, {}, &step::time);
	const std::size_t count = of.steps.size();
	std::vector<std::vector<std::size_t>> followers(count);
	std::vector<int> waits_for(count);
	for (const chain& one : chains_of(of))
		for (std::size_t i = 1; i < one.size(); ++i) {
			followers[one[i - 1]].push_back(one[i]);
			++waits_for[one[i]];
		}

	std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> free; // the earliest first
	std::vector<bool> is_placed(count);
	for (std::size_t i = 0; i < count; ++i)
		if (waits_for[i] == 0)
			free.push(i);
	std::vector<step> ordered;
	ordered.reserve(count);
	for (std::size_t earliest = 0; ordered.size() < count;) {
		// A recording that contradicts itself: by time, then.
		if (free.empty()) {
			while (is_placed[earliest])
				++earliest;
			free.push(earliest);
		}
		const std::size_t next = free.top();
		free.pop();
		if (is_placed[next])
			continue;
		is_placed[next] = true;
		ordered.push_back(of.steps[next]);
		for (const std::size_t follower : followers[next])
			if (--waits_for[follower] == 0)
				free.push(follower);
	}
	of.steps = std::move(ordered);
}

} // namespace tools::story
