// SPDX-License-Identifier: GPL-2.0-only
// A group of processes whose memory the kernel accounts for (cgroup v2).
#pragma once

#include <optional>
#include <string>

namespace support {

class memory_group {
public:
	// Why it is unavailable here, or nullopt.
	static std::optional<std::string> why_impossible();

	memory_group();
	memory_group(const memory_group&) = delete;
	memory_group& operator=(const memory_group&) = delete;
	// Kills its processes.
	~memory_group();

	// Limits what it may be charged for.
	void limit(long bytes) const;
	// How many processes were killed for exceeding the limit.
	long kills() const;
	// Kills all processes in it at the same moment; returns when they are gone.
	void kill() const;

	// From now on, what this process is charged for is charged to the group.
	void enter() const;
	// Bytes that are charged now, some of them in advance.
	long charged() const;

private:
	std::string path_;
};

} // namespace support
