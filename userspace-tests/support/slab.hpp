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
	// Memory that was taken for objects and not given back since.
	long added_bytes() const { return bytes() - bytes_before_; }

private:
	long count() const;
	long bytes() const;

	backend which_;
	long before_;
	long bytes_before_;
};

} // namespace support
