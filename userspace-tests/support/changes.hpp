// SPDX-License-Identifier: GPL-2.0-only
// Changes for one MYEPOLL_IOC_CHANGE, and what it returned:
//
//	changes batch{entry(ops::add, fd, EPOLLIN), entry(ops::drop, other)};
//	batch.wait_for(1, 0ms);
//	EXPECT_THAT(batch.apply(set), delivers({{EPOLLIN, fd}}));
//	EXPECT_EQ(batch.results(), (std::vector{0, 0}));
#pragma once

#include "support/event_set.hpp"

#include <linux/myepoll.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace support {

namespace ops {
constexpr int add = MYEPOLL_CTL_ADD;
constexpr int mod = MYEPOLL_CTL_MOD;
constexpr int del = MYEPOLL_CTL_DEL;
constexpr int set_op = MYEPOLL_CHANGE_SET;
constexpr int drop = MYEPOLL_CHANGE_DROP;
} // namespace ops

// Never a result of an entry: what the kernel does not write is seen.
constexpr std::int32_t no_result = 1;

// The data defaults to the descriptor.
myepoll_change_entry entry(int op, int fd, std::uint32_t events = 0);
myepoll_change_entry entry(int op, int fd, std::uint32_t events, std::uint64_t data);

class changes {
public:
	// What tried() says if the call does not write it.
	static constexpr __u32 never_tried = 0xffffffff;

	changes(std::initializer_list<myepoll_change_entry> entries) : entries_{entries} {}
	explicit changes(std::vector<myepoll_change_entry> entries) : entries_{std::move(entries)} {}

	// Room for events, and how long to wait for one; without, the call does not wait.
	changes& wait_for(int maxevents, std::chrono::milliseconds timeout);
	changes& set_flags(__u32 flags);

	// The argument, complete but for what the test wants to be different.
	myepoll_change argument();
	delivery apply(const event_set& set);
	// The same with an argument from argument().
	delivery apply(const event_set& set, myepoll_change& argument);

	__u32 tried() const { return tried_; }
	std::vector<int> results() const;
	std::vector<myepoll_change_entry>& entries() { return entries_; }

private:
	std::vector<myepoll_change_entry> entries_;
	std::vector<epoll_event> events_;
	__s64 timeout_ns_ = 0;
	__u32 flags_ = 0;
	__u32 tried_ = 0;
};

} // namespace support
