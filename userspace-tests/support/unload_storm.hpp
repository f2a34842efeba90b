// SPDX-License-Identifier: GPL-2.0-only
// The module is loaded and unloaded over and over while threads of the test use it.
//
//	class UnloadStorm : public unload_storm {};
//	TEST_F(UnloadStorm, meets_..)
//	{
//		const repeating_thread user{..};
//		load_and_unload_beside([&] { return rounds; });
//	}
#pragma once

#include "support/kernel_module.hpp"

#include <atomic>
#include <functional>

namespace support {

class unload_storm : public module_test {
protected:
	// Unloads it as soon as nobody uses it, after a few of the rounds that the users count.
	// MYEPOLL_UNLOAD_CYCLES=N for more or fewer.
	void load_and_unload_beside(const std::function<long()>& rounds);

	// For the users: after which round the module is to be unloaded, and how often that was refused.
	long last_round() const { return last_round_; }
	long refusals() const { return refusals_; }

private:
	std::atomic<long> last_round_ = 0;
	std::atomic<long> refusals_ = 0;
};

} // namespace support
