// SPDX-License-Identifier: GPL-2.0-only
// A group of processes whose memory the kernel counts (cgroup v2).
#pragma once

#include <optional>
#include <string>

namespace support {

class memory_group {
public:
	// Why there can be none here, if so.
	static std::optional<std::string> why_impossible();

	memory_group();
	memory_group(const memory_group&) = delete;
	memory_group& operator=(const memory_group&) = delete;
	// Ends its processes.
	~memory_group();

	// The most that it may be charged for.
	void limit(long bytes) const;
	// How often an attempt to have more has cost a process its life.
	long kills() const;
	// All processes in it, at the same moment; returns when they are gone.
	void kill() const;

	// What this thread's process is charged for is charged to the group from now on.
	void enter() const;
	// Bytes charged at the moment, some of them in advance.
	long charged() const;

private:
	std::string path_;
};

} // namespace support
