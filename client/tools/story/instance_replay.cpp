// SPDX-License-Identifier: MIT
#include "tools/story/instance_replay.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <sys/epoll.h>

#include <linux/myepoll.h>

#include "tools/story/order.hpp"

namespace tools::story {
namespace {

// As in struct myepoll_counters.
enum counter { callbacks, queued, overflowed, already_queued, disabled, waits, sleeps, woken_in_vain, polled, polled_in_vain, delivered, edits };
constexpr const char* counter_names[] = {"callbacks", "queued", "overflowed", "already_queued", "disabled", "waits",
					 "sleeps", "woken_in_vain", "polled", "polled_in_vain", "delivered", "edits"};

// No event stands for each of the others: whether a WAIT counts, for example, is known only later.
constexpr counter counted_by_steps[] = {callbacks, queued, overflowed, already_queued, disabled, sleeps, polled_in_vain, edits};

constexpr std::uint32_t bits_of_behaviour = EPOLLWAKEUP | EPOLLONESHOT | EPOLLET | EPOLLEXCLUSIVE;

std::string name(item_index item) { return "item " + std::to_string(item); }

} // namespace

void instance_replay::begin_empty()
{
	forget();
	is_known_ = true;
	order_known_ = shape_known_ = ready_order_known_ = has_all_sleepers_ = true;
	ring_.begin_empty();
}

void instance_replay::begin_with(const snapshot_page& page, std::uint64_t steps_meanwhile)
{
	if (page.first) {
		forget();
		is_known_ = true;
		is_open_ = true;
		change_ = page.change;
		order_known_ = page.items.has_value();
		shape_known_ = ready_order_known_ = page.whole;
		has_all_sleepers_ = page.sleepers.size() < MYEPOLL_SNAPSHOT_MAX;
		for (const seen_sleeper& one : page.sleepers)
			if (!sleepers_.contains(one.thread))
				sleepers_.push_back(one.thread);
	}
	if (!page.items)
		return forget();
	add_base_items(page);
	counters_ = page.counters;
	uncertain_ = steps_meanwhile;
	if (page.last)
		is_open_ = false;
}

void instance_replay::add_base_items(const snapshot_page& page)
{
	std::vector<std::pair<std::uint32_t, item_index>> by_position;
	for (const seen_item& one : *page.items) {
		if (items_.contains(one.item))
			continue;
		items_[one.item] = {one.fd, one.events, one.data, one.hooks, (one.flags & MYEPOLL_ITEM_DISABLED) != 0};
		if (one.flags & MYEPOLL_ITEM_POSTED)
			ring_.note_event(one.item);
		order_.push_back(one.item);
		if (one.flags & MYEPOLL_ITEM_READY)
			by_position.emplace_back(one.position, one.item);
	}
	std::ranges::stable_sort(by_position, {}, &std::pair<std::uint32_t, item_index>::first);
	for (const auto& [position, index] : by_position)
		if (!ready_.contains(index))
			ready_.push_back(index);
	if (page.whole)
		shape_known_ = tree_.assign(*page.items);
}

void instance_replay::forget()
{
	is_known_ = is_open_ = is_scanning_ = has_agreed_ = has_all_sleepers_ = false;
	order_known_ = shape_known_ = ready_order_known_ = false;
	change_ = 0;
	tree_.assign({});
	polled_.clear();
	items_.clear();
	order_.clear();
	tree_changes_.clear();
	ready_.clear();
	overflow_.clear();
	delivered_.clear();
	sleepers_.clear();
	counters_ = {};
	uncertain_ = 0;
	due_.reset();
	ring_ = {};
}

std::string instance_replay::apply(const step& one)
{
	tree_changes_.clear();
	if (!is_known_)
		return "";
	const std::string& kind = of_.name_of(one);
	if (std::string problem = check_change(one); !problem.empty())
		return problem;
	if (kind == "link")
		return link(one);
	if (kind == "sleep") {
		count(sleeps);
		if (!sleepers_.contains(one.thread))
			sleepers_.push_front(one.thread);
	} else if (kind == "woken") {
		sleepers_.erase(one.thread);
	} else if (kind == "scan_begin") {
		if (std::exchange(is_scanning_, true))
			return "a scan begins during a scan";
		polled_.clear();
		delivered_.clear();
	} else if (kind == "scan_end") {
		if (!is_scanning_)
			return "a scan ends that has not begun";
		end_scan();
	} else if (kind == "ring") {
		return begin_ring(one);
	}
	if (const std::int64_t woken = of_.value(one, "sleeper"); woken != 0)
		sleepers_.erase(static_cast<pid_t>(woken));
	if (!of_.has(one, "item"))
		return "";
	const auto index = static_cast<item_index>(of_.value(one, "item"));
	const auto known = items_.find(index);
	if (known == items_.end())
		return is_open_ ? "" : name(index) + " is not watched";
	return apply_to_item(one, index, known->second);
}

std::string instance_replay::apply_to_item(const step& one, item_index index, item& of)
{
	const std::string& kind = of_.name_of(one);
	if (kind == "unlink")
		return unlink(index);
	if (kind == "notify" || kind == "queue")
		return queue(one, index, of);
	if (kind == "deliver")
		return deliver(one, index, of);
	if (kind == "post")
		return ring_.post(index, static_cast<std::uint32_t>(of_.value(one, "seq")));
	if (kind == "take_back")
		return ring_.take_back(index, static_cast<std::uint32_t>(of_.value(one, "seq")));
	if (kind == "hook") {
		++of.hooks;
	} else if (kind == "modify") {
		count(edits);
		ring_.note_taken(index);
		of.events = static_cast<std::uint32_t>(of_.value(one, "events"));
		of.data = static_cast<std::uint64_t>(of_.value(one, "data"));
		of.disabled = false;
	} else if (kind == "poll") {
		if (!is_scanning_ || !ready_.contains(index))
			return name(index) + " is polled, but not ready";
		if (of_.value(one, "ready") != 0) {
			polled_.insert(index);
		} else {
			ready_.erase(index);
			count(polled_in_vain);
		}
	}
	return "";
}

// Each change has a step, so the numbers have no gap.
std::string instance_replay::check_change(const step& one)
{
	if (!of_.has(one, "change"))
		return "";
	const std::string& kind = of_.name_of(one);
	const auto change = static_cast<std::uint64_t>(of_.value(one, "change"));
	std::uint64_t expected = change_;
	if (makes_a_change(of_, one))
		expected += 1;
	else if (kind == "unlink" && ready_.contains(static_cast<item_index>(of_.value(one, "item"))))
		expected += 2;
	const std::uint64_t before = std::exchange(change_, change);
	// What follows a post under the lock has the same number.
	if (std::string problem = change != before ? ring_.open_post() : ""; !problem.empty())
		return problem;
	// Of an item that no page has shown so far it is not known whether it was ready.
	if (change == expected || (kind == "unlink" && is_open_))
		return "";
	return "steps are missing: change number " + std::to_string(change) + " follows " + std::to_string(before);
}

std::string instance_replay::link(const step& one)
{
	const auto index = static_cast<item_index>(of_.value(one, "item"));
	if (items_.contains(index))
		return name(index) + " is watched already";
	count(edits);
	items_[index] = {static_cast<int>(of_.value(one, "fd")), static_cast<std::uint32_t>(of_.value(one, "events")),
			 static_cast<std::uint64_t>(of_.value(one, "data")), 0, false};
	const auto next = static_cast<item_index>(of_.value(one, "next"));
	if (!of_.has(one, "next") || (next != 0 && !order_.contains(next)))
		order_known_ = shape_known_ = false;
	order_.insert_before(next, index);
	if (shape_known_)
		tree_changes_ = tree_.insert(index, next);
	return "";
}

std::string instance_replay::unlink(item_index index)
{
	if (std::string problem = ring_.open_post(); !problem.empty())
		return problem;
	count(edits);
	ring_.note_taken(index);
	items_.erase(index);
	order_.erase(index);
	ready_.erase(index);
	ready_order_known_ |= ready_.empty();
	if (shape_known_)
		tree_changes_ = tree_.erase(index);
	if (due_)
		due_->erase(index);
	return "";
}

std::string instance_replay::queue(const step& one, item_index index, item& of)
{
	const std::string_view outcome = of_.word(one, "outcome");
	const bool is_queued = is_scanning_ ? overflow_.contains(index) : ready_.contains(index);
	if (of_.name_of(one) == "notify")
		count(callbacks);
	if (outcome == "queued" || outcome == "overflowed") {
		count(queued);
		// It is pending in one place.
		ring_.note_taken(index);
		if ((outcome == "overflowed") != is_scanning_)
			return name(index) + (is_scanning_ ? " is queued during a scan" : " overflows without a scan");
		if (is_queued)
			return name(index) + " is queued twice";
		if (!is_scanning_) {
			ready_.push_back(index);
			return "";
		}
		count(overflowed);
		overflow_.push_front(index);
	} else if (outcome == "already queued") {
		count(already_queued);
		if (!is_queued)
			return name(index) + " is said to be queued, but it is not";
	} else if (outcome == "disabled" && of_.name_of(one) == "notify") {
		count(disabled);
	} else if (outcome == "posted" || outcome == "merged") {
		return post(index, of, outcome == "posted");
	}
	return "";
}

std::string instance_replay::deliver(const step& one, item_index index, item& of)
{
	if (!is_scanning_ || polled_.erase(index) == 0 || !ready_.erase(index))
		return name(index) + " is delivered, but was not polled, or is not ready";
	const std::string_view fate = of_.word(one, "fate");
	if (fate == "stays ready")
		delivered_.push_back(index);
	if (fate == "disabled")
		disable(of);
	return "";
}

void instance_replay::disable(item& of)
{
	of.disabled = true;
	of.events &= bits_of_behaviour;
}

std::string instance_replay::begin_ring(const step& one)
{
	if (!items_.empty())
		return "an instance that watches something gets a ring";
	return ring_.begin(static_cast<std::uint32_t>(of_.value(one, "slots")));
}

// The step of the post is the one before.
std::string instance_replay::post(item_index index, item& of, bool is_new)
{
	if (ready_.contains(index) || overflow_.contains(index))
		return name(index) + " is posted, but it is queued";
	if (of.events & EPOLLONESHOT)
		disable(of);
	return ring_.end_post(index, is_new);
}

// What was left, arrivals, what was delivered and stays ready.
void instance_replay::end_scan()
{
	is_scanning_ = false;
	ready_order_known_ |= ready_.empty();
	const std::set<item_index> stay{delivered_.begin(), delivered_.end()};
	std::vector<item_index> arrivals{overflow_.begin(), overflow_.end()};
	std::ranges::reverse(arrivals);
	for (const item_index one : arrivals)
		if (!ready_.contains(one) && !stay.contains(one))
			ready_.push_back(one);
	for (const item_index one : delivered_)
		ready_.push_back(one);
	overflow_.clear();
	delivered_.clear();
}

bool instance_replay::may_be(const snapshot_page& page) const { return is_known_ && !is_open_ && !is_scanning_ && change_ == page.change; }

std::string instance_replay::difference_to(const snapshot_page& page)
{
	if (std::string problem = ring_.open_post(); !problem.empty())
		return problem;
	if (!may_be(page))
		return "change number " + std::to_string(change_) + (is_scanning_ ? " during a scan" : "") + ", not " + std::to_string(page.change);
	if (std::string found = difference_of_counters(page); !found.empty())
		return found;
	// A target that is being closed counts as a watch until shortly after its item has gone.
	if (page.first && page.last && page.items && page.items->size() != items_.size())
		return std::to_string(items_.size()) + " items, not " + std::to_string(page.items->size());
	if (!page.items && page.watches < items_.size())
		return std::to_string(items_.size()) + " watches, not " + std::to_string(page.watches);
	if (std::string found = page.items ? difference_of_items(page) : ""; !found.empty())
		return found;
	return page.first ? difference_of_sleepers(page) : "";
}

std::string instance_replay::difference_of_counters(const snapshot_page& page) const
{
	for (const counter one : counted_by_steps) {
		const std::uint64_t seen = page.counters[one], replayed = counters_[one];
		const std::uint64_t distance = seen > replayed ? seen - replayed : replayed - seen;
		if (distance > uncertain_)
			return std::string{counter_names[one]} + " is " + std::to_string(replayed) + ", not " + std::to_string(seen);
	}
	return "";
}

std::string instance_replay::difference_of_items(const snapshot_page& page)
{
	if (page.first && !page.last) {
		due_.emplace();
		for (const auto& [index, of] : items_)
			due_->insert(index);
	}
	for (std::size_t i = 0; i < page.items->size(); ++i)
		if (std::string found = difference_of(page, i); !found.empty())
			return found;
	if (page.last && due_) {
		std::set<item_index> missing = *due_;
		for (const seen_item& one : *page.items)
			missing.erase(one.item);
		if (!missing.empty())
			return name(*missing.begin()) + " is in no page";
	}
	return page.whole ? difference_of_order(page) : "";
}

std::string instance_replay::difference_of(const snapshot_page& page, std::size_t index) const
{
	const seen_item& seen = (*page.items)[index];
	const auto found = items_.find(seen.item);
	if (found == items_.end())
		return name(seen.item) + " is watched, too";
	const item& of = found->second;
	if (of.fd != seen.fd || of.data != seen.data || of.events != seen.events)
		return name(seen.item) + " has another descriptor, interest or data";
	if (of.disabled != ((seen.flags & MYEPOLL_ITEM_DISABLED) != 0) || of.hooks != seen.hooks)
		return name(seen.item) + (of.hooks != seen.hooks ? " has other hooks" : of.disabled ? " is not disabled" : " is disabled");
	if (ready_.contains(seen.item) != ((seen.flags & MYEPOLL_ITEM_READY) != 0))
		return name(seen.item) + (ready_.contains(seen.item) ? " is not ready" : " is ready");
	// It may have been taken, which has no step.
	if ((seen.flags & MYEPOLL_ITEM_POSTED) && !ring_.may_have(seen.item))
		return name(seen.item) + " has an event on the ring";
	if (!page.whole || !shape_known_)
		return "";
	const tree_place place = tree_.place_of(seen.item);
	const item_index parent = seen.parent < 0 ? 0 : (*page.items)[static_cast<std::size_t>(seen.parent)].item;
	if (place.parent != parent || place.red != ((seen.flags & MYEPOLL_ITEM_RED) != 0))
		return name(seen.item) + " has another place in the tree";
	return "";
}

std::string instance_replay::difference_of_order(const snapshot_page& page) const
{
	if (order_known_ && !std::ranges::equal(order_, *page.items, {}, {}, &seen_item::item))
		return "the items are in another order";
	if (!ready_order_known_)
		return "";
	std::vector<std::pair<std::uint32_t, item_index>> seen;
	for (const seen_item& one : *page.items)
		if (one.position != 0)
			seen.emplace_back(one.position, one.item);
	std::ranges::sort(seen);
	if (!std::ranges::equal(ready_, seen, {}, {}, &std::pair<std::uint32_t, item_index>::second))
		return "the ready list is in another order";
	return "";
}

// A thread whose timeout has passed is off the queue before its step says so; 0 is a thread of another pid namespace.
std::string instance_replay::difference_of_sleepers(const snapshot_page& page) const
{
	if (!has_all_sleepers_)
		return "";
	auto next = sleepers_.begin();
	for (const seen_sleeper& one : page.sleepers) {
		if (one.thread == 0)
			return "";
		next = std::find(next, sleepers_.end(), one.thread);
		if (next == sleepers_.end())
			return "thread " + std::to_string(one.thread) + " does not sleep, or in another place";
		++next;
	}
	return "";
}

void instance_replay::note_agreement(const snapshot_page& page)
{
	has_agreed_ = true;
	counters_ = page.counters;
	uncertain_ = 0;
	for (const seen_item& one : page.items.value_or(std::vector<seen_item>{})) {
		if (!(one.flags & MYEPOLL_ITEM_POSTED))
			ring_.note_taken(one.item);
		if (due_)
			due_->erase(one.item);
	}
	if (page.last)
		due_.reset();
}

} // namespace tools::story
