// SPDX-License-Identifier: GPL-2.0-only
#include "support/unload_storm.hpp"

#include "support/gate.hpp"
#include "support/report.hpp"

#include <cerrno>
#include <cstdlib>
#include <iostream>

namespace support {
namespace {

int cycles()
{
	const char* const count = std::getenv("MYEPOLL_UNLOAD_CYCLES");
	return count == nullptr ? 5 : std::atoi(count);
}

} // namespace

void unload_storm::load_and_unload_beside(const std::function<long()>& rounds)
{
	may_take(std::chrono::seconds{60 + 10 * cycles()});
	for (int cycle = 0; cycle < cycles(); ++cycle) {
		last_round_ = rounds() + 4;
		ASSERT_EQ(load_module(module()), 0) << "cycle " << cycle;
		await([&] { return rounds() >= last_round_; });
		for (long error = unload_module(); error != 0; error = unload_module()) {
			ASSERT_EQ(error, -EWOULDBLOCK) << "cycle " << cycle;
			++refusals_;
		}
	}
	std::cout << "# " << cycles() << " cycles, " << rounds() << " rounds on the module, " << refusals()
		  << " unloads refused while it was in use\n";
}

} // namespace support
