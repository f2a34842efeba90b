// SPDX-License-Identifier: GPL-2.0-only
// Looks at an instance by SNAPSHOT:
//
//	const snapshot seen = look_at(set);
//	EXPECT_EQ(seen.items.at(0).fd, target);
#pragma once

#include "support/event_set.hpp"

#include <linux/myepoll.h>

#include <vector>

namespace support {

struct snapshot {
	long result = 0; // 0 or -errno
	myepoll_snapshot about{};
	std::vector<myepoll_item> items{};
	std::vector<myepoll_sleeper> sleepers{};
};

// One page; from the first item, or from where the page before ended.
snapshot look_at(const event_set& set, unsigned int items = MYEPOLL_SNAPSHOT_MAX,
		 unsigned int sleepers = MYEPOLL_SNAPSHOT_MAX, const snapshot* before = nullptr);

// Whether no page follows.
bool is_last(const snapshot& page);

} // namespace support
