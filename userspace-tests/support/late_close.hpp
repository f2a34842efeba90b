// SPDX-License-Identifier: GPL-2.0-only
// Closes a target while another thread polls it: the poller's reference is then the last one, and is dropped
// when the target has answered.
//
//	polled_file target{0};                 and a set that watches it
//	late_close late{target, [&] { set.wait(for_ever); }};
#pragma once

#include "support/helper_thread.hpp"
#include "support/polled_file.hpp"

#include <functional>

namespace support {

class late_close {
public:
	// Wakes the target, then runs the function, which polls it, in a thread. Returns when the thread has
	// got the answer, the mask that the target is ready for, and has continued as far as it can.
	late_close(polled_file& target, const std::function<void()>& poll, std::uint32_t answer = 0);

	helper_thread& poller() { return poller_; }

private:
	helper_thread poller_;
};

} // namespace support
