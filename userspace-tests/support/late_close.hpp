// SPDX-License-Identifier: GPL-2.0-only
// The close of a target while somebody polls it: the poller's reference is then the last one, and
// goes when the target has answered.
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
	// The target is woken, then polled by the function, in a thread. Returns when the thread has got
	// the answer, which is that the target is ready for what is given here, and has gone on as far as
	// it goes.
	late_close(polled_file& target, const std::function<void()>& poll, std::uint32_t answer = 0);

	helper_thread& poller() { return poller_; }

private:
	helper_thread poller_;
};

} // namespace support
