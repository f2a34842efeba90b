// SPDX-License-Identifier: GPL-2.0-only
// Addresses that a hostile user gives to the kernel: unmapped, outside of user space, read-only, followed by
// a hole, or in pages that the user supplies, by userfaultfd and by FUSE.
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
	// Why it is unavailable here, or nullopt.
	static std::optional<std::string> why_impossible();

	hostile_memory();
	hostile_memory(const hostile_memory&) = delete;
	hostile_memory& operator=(const hostile_memory&) = delete;
	~hostile_memory();

	// Readable memory contains zeros, unless something was written there.
	void* some_address(dice& roll);
	// To be called in turn: flow() supplies the pages, and whoever waited for them continues; ebb() takes
	// them away, and whoever touches them waits. For all hostile memory of a process at once; the .cpp
	// says why.
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
