// SPDX-License-Identifier: GPL-2.0-only
// Many changes, and changes with the wait that follows: in one call where the contender can, else call by call.
#include "bench/call.hpp"
#include "bench/contenders/batching.hpp"
#include "bench/contenders/contenders.hpp"
#include "bench/groups.hpp"
#include "bench/targets.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace bench {
namespace {

constexpr std::uint64_t watched = 1024;
constexpr std::size_t largest = 512;

std::vector<std::size_t> batch_sizes(const figures& out)
{
	return out.chosen().quick ? std::vector<std::size_t>{64} : std::vector<std::size_t>{1, 8, 64, largest};
}

template <typename Set> void measure_changes(figures& out)
{
	const crowd fds{watched};
	std::vector<int> all = fds.watched();
	std::shuffle(all.begin(), all.end(), std::minstd_rand{});
	std::vector<myepoll::file_descriptor> others;
	for (std::size_t i = 0; i < largest; i++)
		others.push_back(make_eventfd());
	batching<Set> set{largest};
	for (const int fd : all)
		set.add(fd, EPOLLIN);

	std::size_t next = 0;
	for (const std::size_t size : batch_sizes(out)) {
		const std::string batch = " in a batch of " + std::to_string(size);
		out.measure({{"MOD" + batch, watched}}, [&](auto& meters) {
			meters[0].count([&] {
				for (std::size_t i = 0; i < size; i++)
					set.modify_later(all[next++ % watched], EPOLLIN);
				set.apply();
			}, size);
		});
		const auto add_and_remove = [&](auto& meters) {
			meters[0].count([&] {
				for (std::size_t i = 0; i < size; i++)
					set.add_later(others[i].get(), EPOLLIN);
				set.apply();
			}, size);
			meters[1].count([&] {
				for (std::size_t i = 0; i < size; i++)
					set.remove_later(others[i].get());
				set.apply();
			}, size);
		};
		out.measure({{"ADD" + batch, watched}, {"DEL" + batch, watched}}, add_and_remove, settled::before_each_batch);
	}
}

template <typename Set> void measure_change_and_wait(figures& out)
{
	const crowd fds{watched};
	batching<Set> set{largest};
	for (const int fd : fds.watched())
		set.add(fd, EPOLLIN);
	const std::vector<int> ready = fds.some(1);
	// Of io_uring's polls only those can be changed that have not completed.
	std::vector<int> idle = fds.watched();
	std::erase(idle, ready.front());
	crowd::make_ready(ready);
	std::size_t next = 0;
	out.measure({{"MOD and WAIT in one", watched, 1}}, [&](auto& meters) {
		const int fd = idle[next++ % idle.size()];
		meters[0].count([&] {
			set.modify_later(fd, EPOLLIN);
			check_ready(set.apply_and_look(), 1);
		});
	});
	crowd::drain(ready);
}

template <typename Set> void measure_rearm_and_wait(figures& out)
{
	const target ready{target::kind::eventfd};
	ready.write();
	batching<Set> set;
	set.add(ready.fd(), EPOLLIN | EPOLLONESHOT);
	out.measure({{"oneshot re-arm and WAIT in one", 1, 1}}, [&](auto& meters) {
		meters[0].count([&] {
			// io_uring re-arms what it has delivered by itself.
			if constexpr (is_epoll<Set>)
				set.modify_later(ready.fd(), EPOLLIN | EPOLLONESHOT);
			check_ready(set.apply_and_look(), 1);
		});
	});
}

} // namespace

void measure_batch(figures& out)
{
	with_set(out.chosen().contender, [&]<typename Set>(std::type_identity<Set>) {
		if constexpr (keeps_watches<Set> && has_level<Set>) {
			measure_changes<Set>(out);
			measure_change_and_wait<Set>(out);
			measure_rearm_and_wait<Set>(out);
		}
	});
}

} // namespace bench
