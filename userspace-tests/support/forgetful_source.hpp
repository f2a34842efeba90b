// SPDX-License-Identifier: GPL-2.0-only
// Targets that forget in ->poll() what they report: only the first poll after an event sees it.
//
//	const auto source = forgetful_source::make(forgetful_kind::hostname);
//	const int target = source->open();
//	set.add(target, source->interest());
//	source->make_event();
//	EXPECT_THAT(set.wait(), delivers({{source->event_mask(), target}}));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace support {

enum class forgetful_kind {
	counting,  // a polled_file, which counts
	perf,	   // a perf event
	hostname,  // /proc/sys/kernel/hostname
	mounts,	   // /proc/self/mounts
	mountinfo, // /proc/self/mountinfo
	pressure,  // a trigger on processor pressure (PSI)
};

class forgetful_source {
public:
	// Why there can be none here, if so.
	static std::optional<std::string> why_impossible(forgetful_kind kind);
	static std::unique_ptr<forgetful_source> make(forgetful_kind kind);

	virtual ~forgetful_source() = default;

	// One more target, closed with the source.
	virtual int open() = 0;
	// On all targets; returns when their watchers have been woken.
	virtual void make_event() = 0;

	// The mask that asks for events alone.
	virtual std::uint32_t interest() const = 0;
	// What is reported of an event, once, to whoever asks for that.
	virtual std::uint32_t event_mask() const = 0;
	// What a target is ready for at any time.
	virtual std::uint32_t level_mask() const { return 0; }
	// How many times as long as the cheapest an event takes, roughly.
	virtual std::uint64_t price() const { return 1; }
	// How often the targets were polled in all, if they count.
	virtual std::optional<std::uint64_t> polls() const { return std::nullopt; }
};

} // namespace support
