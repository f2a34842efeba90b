// SPDX-License-Identifier: GPL-2.0-only
// Triggers on CPU pressure (PSI) in a control group that contains only two processes, which compete for a CPU
// when an event is wanted. In /proc/pressure/cpu the test itself would cause pressure, too.
//
// A trigger fires once in a window of a few seconds, and perhaps once more at the end of it, so tests that
// count events must collect them soon.
#pragma once

#include "support/child_process.hpp"
#include "support/fd.hpp"
#include "support/forgetful_source.hpp"

#include <array>
#include <deque>
#include <string>

namespace support {

class pressure_triggers final : public forgetful_source {
public:
	static std::optional<std::string> why_impossible();

	pressure_triggers();

	int open() override;
	void make_event() override;
	std::uint32_t interest() const override;
	std::uint32_t event_mask() const override;
	std::uint32_t level_mask() const override;
	std::uint64_t price() const override { return 50'000; }

private:
	class group {
	public:
		group();
		group(const group&) = delete;
		group& operator=(const group&) = delete;
		~group();

		void enter() const;
		std::string pressure_file() const { return path_ + "/cpu.pressure"; }

	private:
		std::string path_;
	};
	enum class threshold;

	unique_fd open_trigger(threshold height) const;
	[[noreturn]] void compete() const;

	group group_;
	int processor_;
	// Stopped, except while an event is made.
	std::array<child_process, 2> competitors_;
	unique_fd oldest_; // see make_event()
	std::deque<unique_fd> triggers_;
};

} // namespace support
