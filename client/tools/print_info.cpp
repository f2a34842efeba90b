// SPDX-License-Identifier: MIT
#include "tools/print_info.hpp"

#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <string>

#include <myepoll/info.hpp>

namespace tools {
namespace {

void print_if_there(const char* name, const char* path)
{
	std::ifstream file{path};
	if (std::string value; std::getline(file, value))
		std::printf("%s=%s\n", name, value.c_str());
}

} // namespace

void print_info()
{
	const myepoll::module_info loaded = myepoll::info();
	print_if_there("version", "/sys/module/myepoll/version");
	std::printf("abi_version=%" PRIu32 "\n", loaded.abi_version);
	std::printf("event_size=%" PRIu32 "\n", loaded.event_size);
	std::printf("features=0x%" PRIx64 "\n", loaded.features);
	print_if_there("max_user_watches", "/sys/module/myepoll/parameters/max_user_watches");
}

} // namespace tools
