// SPDX-License-Identifier: MIT
#include "tools/story/plan.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "tools/look/words.hpp"
#include "tools/story/instance_replay.hpp"
#include "tools/story/order.hpp"
#include "tools/story/thread_check.hpp"

namespace tools::story {
namespace {

// How exactly the time of a step is that of the change it tells of.
constexpr std::uint64_t blur = 1'000'000;

// Enough for a call that has begun before events were switched on.
constexpr std::uint64_t time_of_a_call = 100'000'000;

class replay {
public:
	explicit replay(recording& of) : of_{of}, threads_{of} {}

	plan run()
	{
		note_times();
		note_pages();
		for (const std::uint64_t one : of_.before)
			find(one).was_there_before = true;
		note_gaps();
		alive_.insert(of_.alive.begin(), of_.alive.end());
		for (std::size_t k = 0; k < of_.steps.size(); ++k) {
			begin_gaps(k);
			make_step(k);
		}
		begin_gaps(of_.steps.size());
		for (auto& [number, one] : instances_)
			end(number, one);
		std::ranges::stable_sort(made_.pages, {}, &placed_page::at);
		conclude();
		return std::move(made_);
	}

private:
	struct told_instance {
		explicit told_instance(const recording& of) : state{of} {}

		instance_replay state;
		std::vector<std::size_t> pages{}; // of the recording
		std::size_t next_page = 0;
		bool is_created = false;
		bool was_there_before = false;
		bool is_released = false;
		std::uint64_t released_at = 0;
		bool is_base_vague = false;    // steps were made while it was read: whether before or after it, nobody knows
		std::uint64_t base_until = 0;  // the snapshot with which it begins was read until then
		bool is_base_open = false;     // pages are missing of the snapshot with which it begins
		std::uint64_t base_after = 0;  // lost events are from before
		std::size_t earliest = 0;      // after its last step
		std::vector<std::uint64_t> times{}; // of its steps
		std::string difference{};      // of the page that is to be placed
	};

	told_instance& find(std::uint64_t number) { return instances_.try_emplace(number, of_).first->second; }

	void note_times()
	{
		std::uint64_t latest = 0;
		for (const step& one : of_.steps)
			latest_.push_back(latest = std::max(latest, one.time));
	}

	void note_pages()
	{
		for (std::size_t i = 0; i < of_.snapshots.size(); ++i)
			find(of_.snapshots[i].instance).pages.push_back(i);
	}

	// What a processor has lost begins after its step before.
	void note_gaps()
	{
		std::map<int, std::vector<std::pair<std::uint64_t, std::size_t>>> steps_of; // by processor: latest time, step
		for (std::size_t k = 0; !of_.losses.empty() && k < of_.steps.size(); ++k) {
			auto& own = steps_of[of_.steps[k].cpu];
			own.emplace_back(std::max(of_.steps[k].time, own.empty() ? 0 : own.back().first), k);
		}
		for (const loss& one : of_.losses) {
			const auto& own = steps_of[one.cpu];
			const auto later = std::ranges::lower_bound(own, one.time, {}, &std::pair<std::uint64_t, std::size_t>::first);
			const std::size_t at = later == own.begin() ? 0 : std::prev(later)->second + 1;
			made_.gaps.push_back({at, one.count});
			gap_ends_.emplace(at, one.time);
		}
		std::ranges::stable_sort(made_.gaps, {}, &gap::at);
	}

	void begin_gaps(std::size_t k)
	{
		const auto [first, last] = gap_ends_.equal_range(k);
		if (first == last)
			return;
		// What was read before the step before is not of the gap.
		for (auto& [number, one] : instances_) {
			place_pages(one, k, k > 0 ? latest_[k - 1] : 0);
			one.state.forget();
			one.is_base_open = false;
		}
		threads_.forget();
		for (auto end = first; end != last; ++end)
			gap_end_ = std::max(gap_end_, end->second);
	}

	void make_step(std::size_t k)
	{
		const step& one = of_.steps[k];
		told_instance& of = find(one.instance);
		place_pages(of, k, one.time);
		const std::string& kind = of_.name_of(one);
		if (kind == "create") {
			if (of.is_created || of.was_there_before)
				note_problem(of, k, "instance " + std::to_string(one.instance) + " is made twice");
			of.is_created = true;
			if (one.time >= gap_end_)
				of.state.begin_empty();
		} else if (kind == "release") {
			of.is_released = true;
			of.released_at = one.time;
		}
		const std::string unfit = one.time < gap_end_ ? "" : threads_.apply(one, of.was_there_before);
		replayed_ += of.state.is_known() ? 1 : 0;
		if (!unfit.empty())
			note_problem(of, k, unfit);
		else if (std::string problem = of.state.apply(one); !problem.empty())
			note_problem(of, k, problem);
		else if (!of.is_created && !of.was_there_before && gap_ends_.empty())
			note_problem(of, k, "no step says that instance " + std::to_string(one.instance) + " was made");
		if (!of.state.tree_changes().empty())
			made_.tree.emplace_back(k, of.state.tree_changes());
		of.earliest = k + 1;
		of.times.push_back(one.time);
	}

	// Places the pages that were read before step `k` of the instance, which is at `time`.
	void place_pages(told_instance& of, std::size_t k, std::uint64_t time, bool is_end = false)
	{
		for (; of.next_page < of.pages.size(); ++of.next_page) {
			const snapshot_page& page = of_.snapshots[of.pages[of.next_page]];
			const bool is_over = is_end || time > page.to + blur;
			// What it shows may be half of a change that was lost, or come after the end.
			if (page.from < gap_end_ || (of_.full && page.to >= *of_.full))
				continue;
			if (!of.state.is_known() || of.is_base_open) {
				if (!is_over && time <= page.to && !is_beyond(page, k))
					return;
				place_base(of, page, k);
			} else {
				if (!is_end && time + blur < page.from)
					return;
				if (!place_if_equal(of, page, k, is_over) && !is_over)
					return;
			}
		}
	}

	// Whether the step is of a time after the page, by the number that it has.
	[[nodiscard]] bool is_beyond(const snapshot_page& page, std::size_t k) const
	{
		if (k == of_.steps.size())
			return false;
		const step& next = of_.steps[k];
		return next.instance == page.instance && of_.has(next, "change") &&
		       static_cast<std::uint64_t>(of_.value(next, "change")) > page.change;
	}

	void place_base(told_instance& of, const snapshot_page& page, std::size_t k)
	{
		if (!page.items || (!page.first && !of.is_base_open))
			return;
		std::uint64_t meanwhile = 0;
		for (auto time = of.times.rbegin(); time != of.times.rend() && *time + blur >= page.from; ++time)
			meanwhile += *time >= page.from ? 1 : 0;
		of.state.begin_with(page, meanwhile);
		of.is_base_vague = meanwhile > 0 || (of.is_base_vague && !page.first);
		of.base_until = page.to;
		of.is_base_open = !page.last;
		made_.pages.push_back({of.pages[of.next_page], position_of(of, page, k), true, false});
	}

	bool place_if_equal(told_instance& of, const snapshot_page& page, std::size_t k, bool is_last_chance)
	{
		const std::string difference = of.state.difference_to(page);
		const bool is_equal = difference.empty();
		if (is_equal) {
			of.state.note_agreement(page);
			made_.pages.push_back({of.pages[of.next_page], position_of(of, page, k), false, true});
			++made_.result.compared;
			of.difference.clear();
			return true;
		}
		if (of.difference.empty() || of.state.may_be(page))
			of.difference = difference;
		if (is_last_chance) {
			made_.pages.push_back({of.pages[of.next_page], position_of(of, page, k), false, false});
			note_problem(of, k, "a snapshot of instance " + std::to_string(page.instance) + " is different: " + of.difference, true);
			of.difference.clear();
		}
		return false;
	}

	// Between two steps of its instance, by time.
	[[nodiscard]] std::size_t position_of(const told_instance& of, const snapshot_page& page, std::size_t k) const
	{
		const auto after = static_cast<std::size_t>(std::ranges::upper_bound(latest_, page.to) - latest_.begin());
		return std::clamp(after, std::min(of.earliest, k), k);
	}

	// The instance begins anew. That is no fault of the recording if its first snapshot was vague, or if a thread was in the
	// middle of a call when events were switched on.
	void note_problem(told_instance& of, std::size_t k, const std::string& text, bool is_snapshot = false)
	{
		const std::uint64_t time = k < of_.steps.size() ? of_.steps[k].time : of_.duration;
		const bool is_about_the_beginning = of.was_there_before && !is_snapshot && time <= of.base_until + time_of_a_call;
		const bool may_begin_anew = of.state.is_known() && !of.state.has_agreed() && (of.is_base_vague || is_about_the_beginning);
		of.state.forget();
		of.is_base_open = false;
		if (may_begin_anew || made_.result.is == verdict::status::wrong)
			return;
		made_.result.is = verdict::status::wrong;
		made_.result.step = k;
		made_.result.text = text;
	}

	void end(std::uint64_t number, told_instance& of)
	{
		const std::size_t k = of_.steps.size();
		place_pages(of, k, of_.duration, true);
		if (of_.full || !of_.losses.empty() || !of.state.is_known())
			return;
		const bool is_alive = alive_.contains(number);
		if (!of.is_released && !is_alive)
			note_problem(of, k, "no step says that instance " + std::to_string(number) + " was closed");
		else if (of.is_released && of.state.watches() > 0 && of_.duration >= of.released_at + late_removal)
			note_problem(of, k, "instance " + std::to_string(number) + " was closed, but still has watches");
	}

	void conclude()
	{
		verdict& result = made_.result;
		const std::string agree = look::count_of(result.compared, "page of a snapshot agrees", "pages of snapshots agree");
		std::uint64_t located = 0;
		for (const gap& one : made_.gaps)
			located += one.count.value_or(of_.lost);
		if (result.is == verdict::status::wrong && of_.lost > located) {
			result.is = verdict::status::unverified;
			result.text = "not verifiable: events were lost, and it is not known where";
		} else if (result.is == verdict::status::wrong) {
			result.text = "wrong at step " + std::to_string(*result.step + 1) + ": " + result.text;
		} else if (!made_.gaps.empty()) {
			result.is = verdict::status::restarted;
			result.step = made_.gaps.front().at;
			result.text = "events were lost: not verifiable from step " + std::to_string(*result.step + 1) + "; " + agree;
		} else if (result.compared == 0) {
			result.text = "not verifiable: no snapshot to compare with";
		} else {
			result.is = verdict::status::verified;
			result.text = "verified: " + agree + " with what replaying " + look::count_of(replayed_, "step", "steps") + " gives";
		}
	}

	recording& of_;
	thread_check threads_;
	plan made_;
	std::set<std::uint64_t> alive_;
	std::size_t replayed_ = 0; // steps
	std::map<std::uint64_t, told_instance> instances_;
	std::vector<std::uint64_t> latest_;			 // time, up to each step
	std::multimap<std::size_t, std::uint64_t> gap_ends_; // by where they begin
	std::uint64_t gap_end_ = 0;				 // of those so far
};

const char* name_of(verdict::status status)
{
	switch (status) {
	case verdict::status::verified: return "verified";
	case verdict::status::restarted: return "restarted";
	case verdict::status::wrong: return "wrong";
	default: return "unverified";
	}
}

template <typename list, typename action> void add_list(const char* name, const list& all, std::string& to, const action& add)
{
	to += std::string{"\""} + name + "\":[";
	for (const auto& one : all) {
		add(one);
		to += ',';
	}
	if (!all.empty())
		to.pop_back();
	to += "],\n";
}

} // namespace

plan make_plan(recording& of)
{
	put_in_order(of);
	return replay{of}.run();
}

std::string to_json(const plan& of)
{
	std::string text = "{";
	const auto number = [](auto value) { return std::to_string(value); };
	add_list("pages", of.pages, text, [&](const placed_page& one) {
		text += '[' + number(one.page) + ',' + number(one.at) + ',' + (one.is_base ? "true," : "false,") + (one.agrees ? "true]" : "false]");
	});
	add_list("tree", of.tree, text, [&](const auto& one) {
		text += '[' + number(one.first) + ",[";
		for (const tree_place& place : one.second)
			text += '[' + number(place.item) + ',' + number(place.parent) + ',' + number(place.side) + ',' + (place.red ? "1]," : "0],");
		text.back() = ']';
		text += ']';
	});
	add_list("gaps", of.gaps, text, [&](const gap& one) {
		text += '[' + number(one.at) + ',' + (one.count ? number(*one.count) : std::string{"null"}) + ']';
	});
	const verdict& result = of.result;
	// The text has only words of ours and numbers.
	return text + R"("verdict":{"status":")" + name_of(result.is) + R"(","compared":)" + number(result.compared) + R"(,"step":)" +
	       (result.step ? number(*result.step) : "null") + R"(,"text":")" + result.text + R"("}})";
}

} // namespace tools::story
