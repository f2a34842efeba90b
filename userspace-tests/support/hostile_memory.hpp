// SPDX-License-Identifier: GPL-2.0-only
// Addresses that somebody who means harm gives to a kernel: not mapped, not the user's, read-only,
// with a hole behind them, or in pages that the user itself supplies, by userfaultfd and by FUSE.
#pragma once

#include "support/memory.hpp"
#include "support/polled_file.hpp"
#include "support/stalled_page.hpp"
#include "support/storm.hpp"

#include <initializer_list>
#include <optional>
#include <string>

namespace support {

class hostile_memory {
public:
	// Why there can be none here, if so.
	static std::optional<std::string> why_impossible();

	hostile_memory();
	hostile_memory(const hostile_memory&) = delete;
	hostile_memory& operator=(const hostile_memory&) = delete;
	~hostile_memory();

	// Where something can be read, it is zeros, unless something was written there.
	void* some_address(dice& roll);
	// Turn by turn: the supplied pages are there, and whoever waited for them goes on; they are not,
	// and who touches them waits. Of all that a process has at once: see why there.
	static void flow(std::initializer_list<hostile_memory*> all);
	static void ebb(std::initializer_list<hostile_memory*> all);

private:
	void* read_only_;
	page_before_hole hole_;
	stalled_page faulted_;
	polled_file file_{0};
	void* fetched_ = file_.map_page();
};

} // namespace support
