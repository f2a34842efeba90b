// SPDX-License-Identifier: GPL-2.0-only
// A set whose mutex is held for as long as the test likes, by a thread that polls a target that
// does not answer. Any user who may mount a FUSE file system can do this.
//
//	stuck_set stuck{create()};
//	stuck.set().add(target, EPOLLIN);      before it is stuck
//	stuck.begin();
//	stuck.end();
#pragma once

#include "support/event_set.hpp"
#include "support/helper_thread.hpp"
#include "support/polled_file.hpp"

#include <optional>

namespace support {

class stuck_set {
public:
	explicit stuck_set(event_set set);
	~stuck_set() { end(); }

	const event_set& set() const noexcept { return set_; }
	void begin();
	// Returns when the thread that held the mutex is gone.
	void end();

private:
	polled_file slow_{0};
	event_set set_;
	std::optional<helper_thread> waiter_;
};

} // namespace support
