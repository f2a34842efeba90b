// SPDX-License-Identifier: GPL-2.0-only
#include "support/memory_group.hpp"

#include "support/kernel_module.hpp"
#include "support/targets.hpp"
#include "support/watch_limit.hpp"

#include <sys/stat.h>

#include <filesystem>

namespace support {
namespace {

const std::string root = "/sys/fs/cgroup";

} // namespace

std::optional<std::string> memory_group::why_impossible()
{
	if (const auto why = watch_limit::why_impossible())
		return why;
	if (write_word(root + "/cgroup.subtree_control", "+memory") < 0)
		return "the kernel does not count the memory of groups (cgroup v2) here";
	return std::nullopt;
}

memory_group::memory_group() : path_{root + "/myepoll-test-" + std::to_string(getpid())}
{
	checked(mkdir(path_.c_str(), 0700), "mkdir of a cgroup");
}

memory_group::~memory_group() { rmdir(path_.c_str()); }

void memory_group::enter() const
{
	checked(static_cast<int>(write_word(path_ + "/cgroup.procs", "0")), "enter a cgroup");
}

long memory_group::charged() const { return std::stol(read_all(path_ + "/memory.current")); }

} // namespace support
