// SPDX-License-Identifier: GPL-2.0-only
// Which CPU threads run on.
#pragma once

#include "support/targets.hpp"

#include <sched.h>

namespace support {

// Pins a thread, by default the calling one, to a CPU.
inline void stay_on_processor(int number, pid_t thread = 0)
{
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(static_cast<std::size_t>(number), &one);
	checked(sched_setaffinity(thread, sizeof(one), &one), "sched_setaffinity");
}

} // namespace support
