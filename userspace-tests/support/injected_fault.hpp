// SPDX-License-Identifier: GPL-2.0-only
// A call in which one operation fails: the kernel's nth allocation, or copy from or to user memory.
// Needs a kernel that was built for it, such as "faults" of qemu/kernels.list.
#pragma once

#include "support/fd.hpp"

#include <functional>
#include <optional>
#include <string>

namespace support {

class fault_injection {
public:
	// Why it is unavailable here, or nullopt.
	static std::optional<std::string> why_impossible();

	// Enables faults, for this thread alone.
	fault_injection();

	struct outcome {
		long result = 0;
		bool failed = false; // whether there was an nth operation that could fail
	};
	// Makes the call with a fault in the nth operation that can fail.
	outcome with_fault(unsigned nth, const std::function<long()>& call) const;

private:
	void arm(unsigned nth) const;
	bool fired() const;

	unique_fd nth_;
};

} // namespace support
