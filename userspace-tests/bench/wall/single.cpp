// SPDX-License-Identifier: GPL-2.0-only
// One thread without contention: some of what `make bench` counts, timed.
#include "bench/targets.hpp"
#include "bench/wall/pairs.hpp"

namespace bench {
namespace {

template <typename Set> void change(benchmark::State& state, std::type_identity<Set>)
{
	const crowd fds{1024};
	Set set;
	for (const int fd : fds.watched())
		set.add(fd, EPOLLIN);
	std::size_t next = 0;
	for (auto _ : state) {
		const int fd = fds.spare()[next++ % fds.spare().size()];
		set.add(fd, EPOLLIN);
		set.modify(fd, EPOLLIN | EPOLLOUT);
		set.remove(fd);
	}
}

// With `ready` of 1024 ready, level-triggered.
template <typename Set> void look(benchmark::State& state, std::size_t ready)
{
	const crowd fds{1024};
	Set set{1024};
	for (const int fd : fds.watched())
		set.add(fd, EPOLLIN);
	const std::vector<int> some = fds.some(ready);
	crowd::make_ready(some);
	for (auto _ : state) {
		if (set.look() != ready) {
			state.SkipWithError("unexpected number of ready descriptors");
			break;
		}
	}
	crowd::drain(some);
}

} // namespace

void register_single()
{
	const auto no_options = [](benchmark::internal::Benchmark&) {};
	register_pair("ADD MOD DEL", [](auto& state, auto set) { change(state, set); }, no_options);
	for (const std::size_t ready : {1, 256}) {
		register_pair(
			"WAIT, " + std::to_string(ready) + " ready",
			[ready]<typename Set>(benchmark::State& state, std::type_identity<Set>) { look<Set>(state, ready); },
			no_options);
	}
}

} // namespace bench
