// SPDX-License-Identifier: GPL-2.0-only
// A call in which one thing goes wrong: the kernel's nth allocation, or the nth copy from or to the
// memory of the program. Needs a kernel that was built for it, such as qemu/kernels.list's "faults".
#pragma once

#include "support/fd.hpp"

#include <functional>
#include <optional>
#include <string>

namespace support {

class fault_injection {
public:
	// Why nothing can be made to fail here, if so.
	static std::optional<std::string> why_impossible();

	// Lets failures be asked for, by this thread alone.
	fault_injection();

	struct outcome {
		long result = 0;
		bool failed = false; // whether there was an nth chance to fail
	};
	// Makes the call with its nth chance to fail taken.
	outcome with_fault(unsigned nth, const std::function<long()>& call) const;

private:
	void arm(unsigned nth) const;
	bool fired() const;

	unique_fd nth_;
};

} // namespace support
