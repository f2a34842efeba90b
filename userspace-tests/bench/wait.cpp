// SPDX-License-Identifier: GPL-2.0-only
// WAIT that does not sleep: none or some of many are ready; and ONESHOT with its re-arming.
#include "bench/call.hpp"
#include "bench/contenders/contenders.hpp"
#include "bench/groups.hpp"
#include "bench/targets.hpp"

#include <initializer_list>

namespace bench {
namespace {

constexpr std::size_t most_ready = 1024;

template <typename Set> void look(Set& set, std::size_t expected) { check_ready(set.look(), expected); }

template <typename Set> void fill(Set& set, const crowd& fds, std::uint32_t wanted)
{
	for (const int fd : fds.watched())
		set.add(fd, wanted);
	look(set, 0);
}

std::initializer_list<std::size_t> numbers_ready(const figures& out)
{
	static constexpr std::initializer_list<std::size_t> all{1, 8, 64, 256, most_ready}, few{1, 256};
	return out.chosen().quick ? few : all;
}

template <typename Set> void measure_level(figures& out, std::uint64_t size)
{
	const crowd fds{size};
	Set set{most_ready};
	fill(set, fds, EPOLLIN);
	out.measure({{"WAIT", size, 0}}, [&](auto& meters) { meters[0].count([&] { look(set, 0); }); });
	for (const std::size_t count : numbers_ready(out)) {
		const std::vector<int> ready = fds.some(count);
		crowd::make_ready(ready);
		out.measure({{"WAIT", size, count}}, [&](auto& meters) { meters[0].count([&] { look(set, count); }); });
		crowd::drain(ready);
		set.look();
		look(set, 0);
	}
}

template <typename Set> void measure_edge(figures& out, std::uint64_t size)
{
	const crowd fds{size};
	Set set{most_ready};
	fill(set, fds, EPOLLIN | EPOLLET);
	for (const std::size_t count : numbers_ready(out)) {
		const std::vector<int> ready = fds.some(count);
		out.measure({{"WAIT edge-triggered", size, count}}, [&](auto& meters) {
			crowd::make_ready(ready);
			meters[0].count([&] { look(set, count); });
		});
		crowd::drain(ready);
	}
}

template <typename Set> void measure_oneshot(figures& out)
{
	const target ready{target::kind::eventfd};
	ready.write();
	Set set;
	set.add(ready.fd(), EPOLLIN | EPOLLONESHOT);
	out.measure({{"WAIT oneshot and re-arm", 1, 1}}, [&](auto& meters) {
		meters[0].count([&] {
			look(set, 1);
			// io_uring re-arms what it has delivered by the next look.
			if constexpr (is_epoll<Set>)
				set.modify(ready.fd(), EPOLLIN | EPOLLONESHOT);
		});
	});
}

} // namespace

void measure_wait(figures& out)
{
	with_set(out.chosen().contender, [&]<typename Set>(std::type_identity<Set>) {
		const auto sizes = out.chosen().quick ? std::vector<std::uint64_t>{1024} : out.sizes({1024, 102400});
		for (const std::uint64_t size : sizes) {
			if constexpr (has_level<Set>)
				measure_level<Set>(out, size);
			if constexpr (has_edge<Set>)
				measure_edge<Set>(out, size);
		}
		if constexpr (keeps_watches<Set> && has_level<Set>)
			measure_oneshot<Set>(out);
	});
}

} // namespace bench
