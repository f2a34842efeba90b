// SPDX-License-Identifier: GPL-2.0-only
#include "support/memory_group.hpp"

#include "support/gate.hpp"
#include "support/kernel_module.hpp"
#include "support/targets.hpp"
#include "support/watch_limit.hpp"

#include <sys/stat.h>

#include <cstdlib>

namespace support {
namespace {

const std::string root = "/sys/fs/cgroup";

long number_after(const std::string& word, const std::string& text)
{
	const auto found = text.find(word);
	return found == std::string::npos ? 0 : std::atol(text.c_str() + found + word.size());
}

} // namespace

std::optional<std::string> memory_group::why_impossible()
{
	if (const auto why = watch_limit::why_impossible())
		return why;
	if (write_word(root + "/cgroup.subtree_control", "+memory") < 0)
		return "memory accounting of cgroups (v2) is not available";
	return std::nullopt;
}

memory_group::memory_group() : path_{root + "/myepoll-test-" + std::to_string(getpid())}
{
	checked(mkdir(path_.c_str(), 0700), "mkdir of a cgroup");
}

memory_group::~memory_group()
{
	kill();
	rmdir(path_.c_str());
}

void memory_group::limit(long bytes) const
{
	checked(static_cast<int>(write_word(path_ + "/memory.max", std::to_string(bytes))), "limit a cgroup");
}

long memory_group::kills() const { return number_after("oom_kill ", read_all(path_ + "/memory.events")); }

void memory_group::kill() const
{
	write_word(path_ + "/cgroup.kill", "1");
	await([this] { return number_after("populated ", read_all(path_ + "/cgroup.events")) == 0; });
}

void memory_group::enter() const
{
	checked(static_cast<int>(write_word(path_ + "/cgroup.procs", "0")), "enter a cgroup");
}

long memory_group::charged() const { return std::stol(read_all(path_ + "/memory.current")); }

} // namespace support
