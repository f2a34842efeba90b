// SPDX-License-Identifier: GPL-2.0-only
#include "support/changes.hpp"

namespace support {
myepoll_change_entry entry(int op, int fd, std::uint32_t events)
{
	return entry(op, fd, events, static_cast<std::uint64_t>(fd));
}

myepoll_change_entry entry(int op, int fd, std::uint32_t events, std::uint64_t data)
{
	return {.op = op, .fd = fd, .events = events, .flags = 0, .data = data, .result = no_result, .pad = 0};
}

changes& changes::wait_for(int maxevents, std::chrono::milliseconds timeout)
{
	events_.resize(static_cast<std::size_t>(maxevents));
	timeout_ns_ = timeout.count() < 0 ? -1 : std::chrono::nanoseconds{timeout}.count();
	return *this;
}

changes& changes::set_flags(__u32 flags)
{
	flags_ = flags;
	return *this;
}

myepoll_change changes::argument()
{
	myepoll_change made{};
	made.entries = address(entries_.data());
	made.count = static_cast<__u32>(entries_.size());
	made.flags = flags_;
	made.tried = never_tried;
	made.wait.events = address(events_.data());
	made.wait.maxevents = static_cast<__s32>(events_.size());
	made.wait.timeout_ns = timeout_ns_;
	return made;
}

delivery changes::apply(const event_set& set)
{
	myepoll_change made = argument();
	return apply(set, made);
}

delivery changes::apply(const event_set& set, myepoll_change& argument)
{
	delivery got{.result = raw::ioctl(set.fd(), MYEPOLL_IOC_CHANGE, &argument), .events = {}};
	tried_ = argument.tried;
	for (std::size_t i = 0; got.result > 0 && i < static_cast<std::size_t>(got.result); ++i) {
		const epoll_event one = events_.at(i);
		got.events.emplace_back(one.events, std::uint64_t{one.data.u64});
	}
	return got;
}

std::vector<int> changes::results() const
{
	std::vector<int> all;
	for (const myepoll_change_entry& one : entries_)
		all.push_back(one.result);
	return all;
}

} // namespace support
