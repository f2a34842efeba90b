// SPDX-License-Identifier: GPL-2.0-only
// A page that blocks whoever touches it, until the test supplies it.
#pragma once

#include "support/fd.hpp"

#include <cstddef>

namespace support {

class stalled_page {
public:
	// Whether this machine lets a test stall the kernel's own accesses.
	static bool available();

	stalled_page();
	stalled_page(const stalled_page&) = delete;
	stalled_page& operator=(const stalled_page&) = delete;
	~stalled_page();

	void* address() const noexcept { return page_; }
	// Memory that ends where the page begins, and is there; at most a page.
	void* before(std::size_t bytes) const noexcept { return static_cast<char*>(page_) - bytes; }
	// Waits until a thread waits for the page.
	void await_fault() const;
	void supply();
	// Takes the page away until it is supplied again.
	void discard();

private:
	std::size_t size_;
	unique_fd userfaults_;
	void* page_;
};

} // namespace support
