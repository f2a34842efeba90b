// SPDX-License-Identifier: MIT
#include "tools/story/thread_check.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tools::story {
namespace {

bool edits(std::string_view kind) { return kind == "link" || kind == "modify" || kind == "unlink"; }

bool is_call_of_its_own(std::string_view kind)
{
	constexpr std::array kinds{"create", "ring", "wait", "wait_end", "sleep", "woken", "release", "change_begin", "change_end"};
	return std::ranges::find(kinds, kind) != kinds.end();
}

} // namespace

void thread_check::forget()
{
	threads_.clear();
	waits_.clear();
	after_gap_ = true;
}

std::string thread_check::apply(const step& one, bool was_there_before)
{
	if (one.context != 0)
		return "";
	const auto [known, is_new] = threads_.try_emplace(one.thread);
	state& of = known->second;
	if (is_new)
		of.may_be_anywhere = was_there_before || after_gap_;
	const std::string& kind = of_.name_of(one);
	// Who is in a WAIT has the file, so it is not released.
	if (kind == "release" && waits_[one.instance] != 0)
		return "a WAIT does not return";
	if (of.asleep != 0 && kind != "woken")
		return "the thread sleeps, and does something";
	if (of.edited != 0 && !of.may_be_anywhere && is_call_of_its_own(kind))
		return "a CTL does not return";
	if (of.in_change != 0 && is_call_of_its_own(kind) && kind != "change_end")
		return "a CHANGE does not return";
	if (kind == "change_begin" || kind == "change_end")
		return check_change(one, of);
	if (kind == "ctl" || edits(kind))
		return check_ctl(one, of);
	return check_wait(one, of);
}

// A WAIT that began before events were switched on has no end that is seen, either.
std::string thread_check::check_wait(const step& one, state& of)
{
	const std::string& kind = of_.name_of(one);
	if (kind == "wait") {
		if (of.is_seen_in_wait())
			return "a WAIT does not return";
		of = {.in_wait = one.instance};
		++waits_[one.instance];
	} else if (kind == "sleep" || kind == "wait_end") {
		if (of.in_wait != one.instance && !of.may_be_anywhere)
			return "a WAIT does not begin";
		if (kind == "sleep") {
			of.in_wait = of.asleep = one.instance;
			return "";
		}
		const bool has_too_many = of.is_seen_in_wait() && of_.value(one, "result") > of.events;
		if (of.is_seen_in_wait())
			--waits_[one.instance];
		of = {};
		if (has_too_many)
			return "a WAIT returns more events than were delivered";
	} else if (kind == "woken") {
		if (of.asleep != one.instance && !of.may_be_anywhere)
			return "a thread is woken that does not sleep";
		of.asleep = 0;
		of.in_wait = one.instance;
	} else if (kind == "deliver") {
		++of.events;
	}
	return "";
}

std::string thread_check::check_change(const step& one, state& of) const
{
	if (of_.name_of(one) == "change_begin") {
		if (of.is_seen_in_wait())
			return "a WAIT does not return";
		of = {.in_change = one.instance};
		return "";
	}
	const state before = std::exchange(of, {});
	if (before.may_be_anywhere)
		return "";
	if (before.in_change != one.instance)
		return "a CHANGE does not begin";
	return before.tried == of_.value(one, "tried") ? "" : "an entry of a CHANGE is missing";
}

// Also an ADD that fails may have linked an item, and unlinked it again.
std::string thread_check::check_ctl(const step& one, state& of) const
{
	const std::string& kind = of_.name_of(one);
	if (kind == "ctl") {
		// What is not watched can be dropped.
		const bool may_change_nothing = of_.value(one, "result") != 0 || of_.word(one, "op") == "DROP";
		if (!may_change_nothing && of.edited != one.instance && !of.may_be_anywhere)
			return "a CTL succeeds, and changes nothing";
		of.edited = 0;
		++of.tried;
		// But perhaps in the middle of a CHANGE.
		of.may_be_anywhere = of.may_be_anywhere && of.in_change == 0;
	} else if (kind != "unlink" || of_.word(one, "why") == "DEL") {
		if (of.edited != 0 && !of.may_be_anywhere && kind != "unlink")
			return "a CTL does not return";
		of.edited = one.instance;
	}
	return "";
}

} // namespace tools::story
