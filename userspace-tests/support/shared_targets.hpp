// SPDX-License-Identifier: GPL-2.0-only
// What a history does to the files that both sides watch.
#pragma once

#include "support/backend.hpp"
#include "support/fd.hpp"
#include "support/forgetful_source.hpp"
#include "support/history.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace support {

// The files that are watched, by slot. A step that is impossible on a slot does nothing.
//
// Both sides watch the same files. But a forgetful target reports an event only to the first poll, so of
// these each side has a file of its own, and an event reaches both at once.
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

	// The descriptor that a side watches; of a crowd, that of one member.
	int fd(unsigned slot, backend of, std::size_t member = 0) const;
	std::size_t members(unsigned slot) const { return 1 + slots_[slot].others.size(); }
	target_kind kind(unsigned slot) const { return slots_[slot].kind; }
	// The same name for a descriptor and its twin.
	static int name_of_number(int number);
	// Inode numbers differ from run to run; the order in which they come up does not.
	std::string name_of_inode(std::uint64_t device, std::uint64_t inode) const;

private:
	struct target {
		target_kind kind = target_kind::pipe;
		unique_fd fd;                  // of both sides, or of epoll
		unique_fd twin;                // of myepoll, if the kind forgets
		std::vector<unique_fd> others; // if the kind is a crowd
		std::shared_ptr<forgetful_source> source; // shared by duplicates
	};
	int fd(unsigned slot) const { return slots_[slot].fd; }
	void put(unsigned slot, target_kind kind, unique_fd fd);
	void put_twins(unsigned slot, int fd, int twin);
	void open_pipe(unsigned slot);
	void open_forgetful(unsigned slot, target_kind kind);
	void open_crowd(unsigned slot);
	void signal_crowd(const target& crowd, std::size_t count) const;
	void acknowledge_all() const;

	std::array<target, target_slots + 1> slots_;
	mutable std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t> inodes_;
};

} // namespace support
