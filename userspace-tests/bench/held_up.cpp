// SPDX-License-Identifier: GPL-2.0-only
// How long a large set holds up others: a CTL while another thread looks at the set, and the close of a target while the
// set is closed. The longest of many calls, by a thread that preempts the other one.
#include "bench/call.hpp"
#include "bench/contenders/contenders.hpp"
#include "bench/groups.hpp"
#include "bench/targets.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/myepoll.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <fstream>
#include <string>
#include <thread>

namespace bench {
namespace {

void read_fdinfo(int fd)
{
	const std::string path = "/proc/self/fdinfo/" + std::to_string(fd);
	const myepoll::file_descriptor file{checked(open(path.c_str(), O_RDONLY | O_CLOEXEC), "open")};
	std::array<char, 65536> text;
	while (checked(read(file.get(), text.data(), text.size()), "read") > 0) {
	}
}

void take_snapshots(int fd)
{
	std::array<myepoll_item, MYEPOLL_SNAPSHOT_MAX> items;
	myepoll_snapshot page{};
	page.items = reinterpret_cast<std::uintptr_t>(items.data());
	page.items_room = items.size();
	do {
		checked(ioctl(fd, MYEPOLL_IOC_SNAPSHOT, &page), "SNAPSHOT");
		page.flags = 0;
	} while (page.cursor[0] != 0 || page.cursor[1] != 0);
}

// No other task may run instead of one that holds a lock.
class ahead_of_the_others {
public:
	explicit ahead_of_the_others(int priority) { set(SCHED_FIFO, priority); }
	~ahead_of_the_others() { set(SCHED_OTHER, 0); }

private:
	static void set(int policy, int priority)
	{
		const sched_param wanted{.sched_priority = priority};
		checked_errno(-pthread_setschedparam(pthread_self(), policy, &wanted), "pthread_setschedparam");
	}
};

// Calls `call` again and again while another thread does `other`, until it returns false. Returns the longest call. On the
// single processor the caller always goes first, so a call takes longer only because of what the other thread holds.
template <typename Other, typename Call> std::uint64_t longest(Other other, Call call)
{
	// Frees what was closed before.
	std::this_thread::sleep_for(std::chrono::seconds{2});
	std::ofstream{"/proc/sys/kernel/sched_rt_runtime_us"} << -1;
	std::atomic<bool> over = false;
	const ahead_of_the_others first{2};
	std::thread thread{[&] {
		const ahead_of_the_others second{1};
		other();
		over = true;
	}};
	std::uint64_t most = 0;
	for (bool more = true; more && !over;) {
		std::this_thread::sleep_for(std::chrono::microseconds{20});
		const std::uint64_t start = instructions();
		more = call();
		most = std::max(most, instructions() - start);
	}
	thread.join();
	return most;
}

template <typename Set> void fill(Set& set, const std::vector<int>& fds)
{
	for (const int fd : fds)
		set.add(fd, EPOLLIN);
}

template <typename Set> std::uint64_t modify_during(const crowd& targets, void (*look)(int fd))
{
	Set set;
	fill(set, targets.watched());
	std::size_t i = 0;
	return longest([&] { look(set.fd()); },
		       [&] {
			       set.modify(targets.watched()[i++ % targets.watched().size()], EPOLLIN);
			       return true;
		       });
}

template <typename Set> std::uint64_t close_during_close(const crowd& targets)
{
	constexpr std::size_t count = 1000;
	std::deque<myepoll::file_descriptor> closed_by_us;
	std::deque<Set> set(1);
	fill(set.front(), targets.watched());
	while (closed_by_us.size() < count) {
		closed_by_us.push_back(make_eventfd());
		set.front().add(closed_by_us.back().get(), EPOLLIN);
	}
	return longest([&] { set.clear(); },
		       [&] {
			       closed_by_us.pop_front();
			       return !closed_by_us.empty();
		       });
}

template <typename Set> void measure_all(const figures& out, std::uint64_t size)
{
	const crowd targets{size};
	const auto print = [&](const char* operation, std::uint64_t most) {
		out.print({operation, size}, static_cast<double>(most), "instructions, longest");
	};
	print("MOD while fdinfo is read", modify_during<Set>(targets, read_fdinfo));
	if constexpr (std::is_same_v<Set, myepoll_set>)
		print("MOD while snapshots are taken", modify_during<Set>(targets, take_snapshots));
	print("close of a target while its set is closed", close_during_close<Set>(targets));
}

} // namespace

void measure_held_up(figures& out)
{
	with_set(out.chosen().contender, [&]<typename Set>(std::type_identity<Set>) {
		if constexpr (is_epoll<Set>) {
			for (const std::uint64_t size : out.sizes({1000, 100000}))
				measure_all<Set>(out, size);
		}
	});
}

} // namespace bench
