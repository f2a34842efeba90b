// SPDX-License-Identifier: GPL-2.0-only
// What a history does to the files that both sides watch.
#pragma once

#include "support/fd.hpp"
#include "support/history.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace support {

// The files that are watched, by slot. What cannot be done to a slot is quietly not done.
class shared_targets {
public:
	shared_targets();
	void open(unsigned slot, target_kind kind);
	void duplicate(unsigned from, unsigned to);
	void close(unsigned slot);
	void write_some(unsigned slot, unsigned bytes);
	void read_some(unsigned slot, unsigned bytes);
	void fill_up(unsigned slot);
	void drain_all(unsigned slot);
	void shut_down(unsigned slot, unsigned how);
	void fire_timer(unsigned slot);

	int fd(unsigned slot) const { return slots_[slot].fd; }
	// Numbers of inodes differ from run to run, the order in which they come up does not.
	std::string name_of_inode(std::uint64_t device, std::uint64_t inode) const;

private:
	struct target {
		target_kind kind = target_kind::pipe;
		unique_fd fd;
	};
	void put(unsigned slot, target_kind kind, unique_fd fd);
	void acknowledge_all() const;

	std::array<target, target_slots + 1> slots_;
	mutable std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t> inodes_;
};

} // namespace support
