// SPDX-License-Identifier: GPL-2.0-only
// Counts the system calls of this thread and of those that it starts, by name.
#pragma once

#include "bench/call.hpp"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <myepoll/file_descriptor.hpp>

#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace bench {

class system_calls {
public:
	using counts = std::map<std::string, std::uint64_t>;

	system_calls()
	{
		all_ = counter_of("");
		for (const auto& [name, number] : std::initializer_list<std::pair<const char*, long>>{
			     {"read", SYS_read},
			     {"write", SYS_write},
			     {"recvfrom", SYS_recvfrom},
			     {"sendto", SYS_sendto},
			     {"ioctl", SYS_ioctl},
			     {"epoll_ctl", SYS_epoll_ctl},
			     {"epoll_wait", SYS_epoll_wait},
			     {"epoll_pwait2", SYS_epoll_pwait2},
		     })
			kinds_.emplace_back(name, counter_of("id == " + std::to_string(number)));
	}

	// Returns how many calls of each kind, and of all others, were made while `body` ran.
	template <typename Body> counts during(Body body)
	{
		counts before = now();
		before["read"] += 1 + kinds_.size(); // those of now(), from one read of a counter to its next
		body();
		counts seen = now();
		for (auto& [name, count] : seen)
			count -= before[name];
		std::erase_if(seen, [](const auto& one) { return one.second == 0; });
		return seen;
	}

private:
	static myepoll::file_descriptor counter_of(const std::string& filter)
	{
		perf_event_attr attributes{};
		attributes.type = PERF_TYPE_TRACEPOINT;
		attributes.size = sizeof(attributes);
		attributes.inherit = 1;
		std::ifstream{"/sys/kernel/tracing/events/raw_syscalls/sys_enter/id"} >> attributes.config;
		const auto fd = static_cast<int>(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
		myepoll::file_descriptor counter{checked(fd, "perf_event_open")};
		if (!filter.empty())
			checked(ioctl(fd, PERF_EVENT_IOC_SET_FILTER, filter.c_str()), "PERF_EVENT_IOC_SET_FILTER");
		return counter;
	}

	static std::uint64_t value(const myepoll::file_descriptor& counter)
	{
		std::uint64_t count = 0;
		checked(read(counter.get(), &count, sizeof(count)), "read of a counter");
		return count;
	}

	counts now() const
	{
		counts seen;
		std::uint64_t others = value(all_);
		for (const auto& [name, counter] : kinds_)
			others -= seen[name] = value(counter);
		seen["others"] = others;
		return seen;
	}

	myepoll::file_descriptor all_;
	std::vector<std::pair<std::string, myepoll::file_descriptor>> kinds_;
};

} // namespace bench
