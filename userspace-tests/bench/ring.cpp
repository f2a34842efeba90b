// SPDX-License-Identifier: GPL-2.0-only
// What a ring spares: looking at a set, and taking events of which each has been written once. Those that have no ring make
// a call for both.
#include "bench/call.hpp"
#include "bench/contenders/contenders.hpp"
#include "bench/groups.hpp"
#include "bench/targets.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace bench {
namespace {

constexpr std::uint64_t watched = 1024;

template <typename Set> bool maybe_ready(Set& set)
{
	if constexpr (requires { set.maybe_ready(); })
		return set.maybe_ready();
	else
		return set.look() != 0;
}

template <typename Set> std::size_t take(Set& set)
{
	if constexpr (requires { set.take(); })
		return set.take();
	else
		return set.look();
}

template <typename Set> void fill(Set& set, const crowd& fds)
{
	for (const int fd : fds.watched())
		set.add(fd, EPOLLIN | EPOLLET);
}

template <typename Set> void measure_look(figures& out)
{
	const crowd fds{watched};
	Set set{watched};
	fill(set, fds);
	out.measure({{"look at an empty set", watched}}, [&](auto& meters) {
		if (meters[0].count([&] { return maybe_ready(set); }))
			throw std::runtime_error("an empty set looks ready");
	});
}

template <typename Set> void measure_taking(figures& out, const std::string& by)
{
	const crowd fds{watched};
	Set set{watched};
	fill(set, fds);
	for (const std::size_t count : {1U, 16U, 256U}) {
		const std::vector<int> ready = fds.some(count);
		out.measure({{"event taken" + by, watched, count}}, [&](auto& meters) {
			crowd::make_ready(ready);
			check_ready(meters[0].count([&] { return take(set); }, count), count);
		});
		out.measure({{"event written and taken" + by, watched, count}}, [&](auto& meters) {
			meters[0].count([&] {
				crowd::make_ready(ready);
				check_ready(take(set), count);
			}, count);
		});
		crowd::drain(ready);
	}
}

} // namespace

void measure_ring(figures& out)
{
	with_set(out.chosen().contender, [&]<typename Set>(std::type_identity<Set>) {
		if constexpr (has_edge<Set>) {
			measure_look<Set>(out);
			measure_taking<Set>(out, "");
		}
		// Two consumers cost the same by turns as one: they share the head.
		if constexpr (std::is_same_v<Set, ring_set<myepoll::event_ring>>)
			measure_taking<ring_set<myepoll::shared_event_ring>>(out, ", shared by threads");
	});
}

} // namespace bench
