// SPDX-License-Identifier: GPL-2.0-only
// Forgetful targets: their ->poll() clears what it reports, so only the first poll after an event sees it.
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
	counting,  // a polled_file, which counts its polls
	perf,	   // a perf event
	hostname,  // /proc/sys/kernel/hostname
	mounts,	   // /proc/self/mounts
	mountinfo, // /proc/self/mountinfo
	pressure,  // a trigger on CPU pressure (PSI)
};

class forgetful_source {
public:
	// Why the kind is unavailable here, or nullopt.
	static std::optional<std::string> why_impossible(forgetful_kind kind);
	static std::unique_ptr<forgetful_source> make(forgetful_kind kind);

	virtual ~forgetful_source() = default;

	// Opens one more target, which is closed with the source.
	virtual int open() = 0;
	// Causes an event on all targets; returns when their watchers have been woken.
	virtual void make_event() = 0;

	// The interest mask for events only.
	virtual std::uint32_t interest() const = 0;
	// The mask that is reported once for an event.
	virtual std::uint32_t event_mask() const = 0;
	// The mask for which a target is always ready.
	virtual std::uint32_t level_mask() const { return 0; }
	// Roughly how much longer an event takes than one of the cheapest kind.
	virtual std::uint64_t price() const { return 1; }
	// How often all targets together were polled, if they count.
	virtual std::optional<std::uint64_t> polls() const { return std::nullopt; }
};

} // namespace support
