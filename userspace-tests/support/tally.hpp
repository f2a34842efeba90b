// SPDX-License-Identifier: GPL-2.0-only
// What histories have come to so far, in this process and its children: so that the reader of a log sees
// that nothing of what they are made of has stayed out.
#pragma once

#include "support/history.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace support {

struct tally {
	struct waits {
		std::atomic<std::uint64_t> calls = 0;
		std::atomic<std::uint64_t> events = 0;
		std::atomic<std::uint64_t> faults = 0;       // that ended in EFAULT
		std::atomic<std::uint64_t> over_a_page = 0; // with more events than fit into a page
	};
	std::array<waits, all_memory_kinds.size()> by_memory;
	std::array<waits, all_memory_kinds.size()> of_sleepers;
	std::array<std::atomic<std::uint64_t>, all_target_kinds.size()> events_of;
};

constexpr bool is_counted(target_kind kind) { return forgets(kind) || kind == target_kind::crowd; }

tally& tally_so_far();

// For each kind of memory the waits, for each kind of target that is counted the events.
std::string in_words(const tally& counts);

} // namespace support
