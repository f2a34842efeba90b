// SPDX-License-Identifier: GPL-2.0-only
// t0 - e4 - e3 - e2 - e1 - e0 - eventfd: an event goes up through sets that watch each other.
#include "bench/contenders/contenders.hpp"
#include "bench/groups.hpp"
#include "bench/targets.hpp"

#include <deque>
#include <stdexcept>

namespace bench {
namespace {

template <typename Set> void measure_depth(figures& out, std::size_t depth)
{
	const target innermost{target::kind::eventfd};
	std::deque<Set> sets;
	for (std::size_t i = 0; i <= depth; i++) {
		sets.emplace_back();
		sets[i].add(i == 0 ? innermost.fd() : sets[i - 1].fd(), EPOLLIN);
	}

	const std::string name = "nested " + std::to_string(depth) + " deep: ";
	out.measure({{name + "write", 1}, {name + "WAIT", 1, 1}}, [&](auto& meters) {
		meters[0].count([&] { innermost.write(); });
		if (meters[1].count([&] { return sets.back().look(); }) != 1)
			throw std::runtime_error("the outermost set does not see the innermost event");
		innermost.drain();
		for (Set& set : sets)
			set.look();
	});
}

} // namespace

void measure_nested(figures& out)
{
	with_set(out.chosen().contender, [&]<typename Set>(std::type_identity<Set>) {
		if constexpr (is_epoll<Set>) {
			measure_depth<Set>(out, 1);
			measure_depth<Set>(out, 4);
		}
	});
}

} // namespace bench
