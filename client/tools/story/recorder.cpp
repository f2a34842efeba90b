// SPDX-License-Identifier: MIT
#include "tools/story/recorder.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string_view>
#include <thread>
#include <utility>

#include <myepoll/info.hpp>

#include "tools/look/survey.hpp"

namespace tools::story {

void recorder::begin(std::uint64_t start, std::uint64_t on, look::trace_tasks& tasks)
{
	start_ = start;
	on_ = on;
	tasks_ = &tasks;
	files_.emplace(tasks);
	snapshots_.emplace(made_, items_, start);
	made_.made_by = "myepoll " VERSION;
	utsname system{};
	uname(&system);
	made_.kernel = system.release;
	made_.abi = myepoll::info().abi_version;
	made_.cpus = static_cast<int>(sysconf(_SC_NPROCESSORS_CONF));
	if (everybody_) {
		const look::survey all;
		for (const look::known_instance& one : all.instances())
			know_instance(one.number, one.holders.front());
	}
}

void recorder::know_instance(std::uint64_t number, const look::holder& by)
{
	files_->know_holder(number, by.process);
	snapshots_->know(number, by.process, by.fd);
	open_.insert(number);
	seen_.insert(number);
	made_.before.push_back(number);
	note_task(by.process, 0);
	// Before it is busy with events.
	snapshots_->take_due();
}

void recorder::take(const look::trace_event& event, bool is_wanted)
{
	if (event.what == look::trace_event::kind::freed)
		files_->forget(event.other);
	if (made_.full)
		return;
	if (event.lost != 0)
		made_.losses.push_back({time_of(event), event.cpu,
					event.lost > 0 ? std::optional{static_cast<std::uint64_t>(event.lost)} : std::nullopt});
	// Before, some kinds of events were missing.
	if (!is_wanted || event.time < on_)
		return;
	if (made_.steps.size() == most_steps_)
		made_.full = time_of(event);
	else
		add_step(event);
}

void recorder::add_step(const look::trace_event& event)
{
	step one{.time = time_of(event), .cpu = event.cpu, .context = static_cast<int>(event.where), .thread = 0, .kind = kind_of(event),
		 .instance = event.instance};
	if (event.where == look::trace_event::context::task) {
		one.thread = event.thread;
		note_task(event.thread, one.time);
	}
	const std::size_t count = made_.kinds[one.kind].fields.size();
	for (std::size_t i = 0; i < count; ++i)
		one.values[i] = value_of(event.fields[i]);
	note_target(event, one);
	made_.steps.push_back(one);

	note_instance(event, one);
	snapshots_->note_step(event.instance);
}

void recorder::note_instance(const look::trace_event& event, const step& one)
{
	// The command got it from elsewhere; by which descriptor, a survey will tell.
	const bool is_older = seen_.insert(event.instance).second && event.name != "create";
	if (is_older)
		made_.before.push_back(event.instance);
	if (event.name == "create" || (is_older && event.name != "release")) {
		open_.insert(event.instance);
		const int fd = is_older ? -1 : static_cast<int>(made_.value(one, "fd"));
		snapshots_->know(event.instance, tasks_->process_of(event.thread), fd);
	} else if (event.name == "release") {
		open_.erase(event.instance);
		snapshots_->forget(event.instance);
	}
}

std::uint32_t recorder::kind_of(const look::trace_event& event)
{
	const auto [known, is_new] = kinds_.try_emplace(event.name, static_cast<std::uint32_t>(made_.kinds.size()));
	if (is_new) {
		step_kind kind{event.name, {}};
		for (std::size_t i = 0; i < std::min(event.fields.size(), step::most_fields); ++i)
			kind.fields.push_back(event.fields[i].name);
		made_.kinds.push_back(std::move(kind));
	}
	return known->second;
}

std::int64_t recorder::value_of(const look::trace_field& field)
{
	switch (type_of(field.name)) {
	case field_type::item: return field.number == 0 ? 0 : items_.index_of(static_cast<std::uint64_t>(field.number));
	case field_type::word: {
		const auto [known, is_new] = words_.try_emplace(field.text, static_cast<std::int64_t>(made_.words.size()));
		if (is_new)
			made_.words.push_back(field.text);
		return known->second;
	}
	default: return field.number;
	}
}

// Its process is called after its main thread, which may make no step.
void recorder::note_task(pid_t thread, std::uint64_t time)
{
	note_name(thread, time);
	const pid_t process = tasks_->process_of(thread);
	if (!names_.contains(process))
		note_name(process, time);
}

void recorder::note_name(pid_t thread, std::uint64_t time)
{
	const std::string& name = tasks_->name_of(thread);
	const auto [known, is_new] = names_.try_emplace(thread);
	if (!is_new && known->second == name)
		return;
	known->second = name;
	made_.tasks.push_back({time, thread, tasks_->process_of(thread), name});
}

void recorder::note_target(const look::trace_event& event, const step& one)
{
	std::string what = files_->describe(event);
	const auto item = static_cast<item_index>(made_.value(one, "item"));
	if (item == 0 || what.empty() || event.name == "unlink")
		return;
	std::string& known = targets_[item];
	if (known == what)
		return;
	known = what;
	made_.targets.push_back({one.time, item, std::move(what)});
}

bool recorder::end_round()
{
	if (!made_.full) {
		const std::size_t before = made_.snapshots.size();
		snapshots_->take_due();
		note_sleepers(before);
	}
	shown_.show(made_.steps.size(), open_.size());
	return !made_.full;
}

// Those that sleep all the time make no step.
void recorder::note_sleepers(std::size_t first_page)
{
	for (std::size_t i = first_page; i < made_.snapshots.size(); ++i)
		for (const seen_sleeper& one : made_.snapshots[i].sleepers)
			if (one.thread != 0)
				note_task(one.thread, made_.snapshots[i].from);
}

void recorder::last_look()
{
	std::this_thread::sleep_for(std::chrono::nanoseconds{late_removal});
	if (!made_.full) {
		const std::size_t before = made_.snapshots.size();
		snapshots_->take_last();
		note_sleepers(before);
	}
	made_.duration = snapshots_->now();
}

void recorder::end(std::uint64_t lost)
{
	shown_.clear();
	made_.lost = lost;
	made_.alive.assign(open_.begin(), open_.end());
	for (const step& one : made_.steps)
		made_.duration = std::max(made_.duration, one.time);
	if (made_.full)
		made_.duration = *made_.full;
	done_(made_);
}

} // namespace tools::story
