// SPDX-License-Identifier: GPL-2.0-only
// How many objects of its own the module, or the kernel's epoll, has.
//
//	const slab_objects objects{GetParam()};
//	..
//	EXPECT_TRUE(objects.are_no_more());
#pragma once

#include "support/backend.hpp"

namespace support {

class slab_objects {
public:
	// What was freed goes only a while later (RCU). Counts when nothing has gone for a moment.
	explicit slab_objects(backend which);
	// Now, or soon.
	bool are_no_more() const;

private:
	long count() const;

	backend which_;
	long before_;
};

} // namespace support
