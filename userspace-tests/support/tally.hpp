// SPDX-License-Identifier: GPL-2.0-only
// What histories have done so far, in this process and its children: the log shows that nothing was left out.
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
	std::atomic<std::uint64_t> batches = 0; // CHANGEs of more than a step
	std::atomic<std::uint64_t> entries = 0; // of them
	std::atomic<std::uint64_t> from_rings = 0; // events
	std::atomic<std::uint64_t> outdated = 0;   // of these, what they told of had gone
};

constexpr bool is_counted(target_kind kind) { return forgets(kind) || kind == target_kind::crowd; }

tally& tally_so_far();

// The waits for each kind of memory, and the events of each kind of target that is counted.
std::string in_words(const tally& counts);

} // namespace support
