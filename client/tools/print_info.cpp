// SPDX-License-Identifier: MIT
#include "tools/print_info.hpp"

#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <string>

#include <myepoll/info.hpp>

namespace tools {

void print_info()
{
	const myepoll::module_info loaded = myepoll::info();
	std::printf("abi_version=%" PRIu32 "\n", loaded.abi_version);
	std::printf("event_size=%" PRIu32 "\n", loaded.event_size);
	std::printf("features=0x%" PRIx64 "\n", loaded.features);
	std::ifstream limit{"/sys/module/myepoll/parameters/max_user_watches"};
	if (std::string watches; std::getline(limit, watches))
		std::printf("max_user_watches=%s\n", watches.c_str());
}

} // namespace tools
