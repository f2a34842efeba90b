// SPDX-License-Identifier: GPL-2.0-only
// How many slab objects the module, or the kernel's epoll, has.
//
//	const slab_objects objects{GetParam()};
//	..
//	EXPECT_TRUE(objects.are_no_more());
#pragma once

#include "support/backend.hpp"

namespace support {

class slab_objects {
public:
	// Freed objects disappear only after a while (RCU): waits until their number stops falling.
	explicit slab_objects(backend which);
	// Whether all objects added since are freed, now or soon.
	bool are_no_more() const;
	// Memory that was allocated for objects since, and not freed.
	long added_bytes() const { return bytes() - bytes_before_; }

private:
	long count() const;
	long bytes() const;

	backend which_;
	long before_;
	long bytes_before_;
};

} // namespace support
