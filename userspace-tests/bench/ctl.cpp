// SPDX-License-Identifier: GPL-2.0-only
// ADD, MOD and DEL of one target among many.
#include "bench/contenders/contenders.hpp"
#include "bench/groups.hpp"
#include "bench/targets.hpp"

#include <algorithm>
#include <random>
#include <vector>

namespace bench {
namespace {

// An item's position in the tree depends on the addresses of files, which are arbitrary. So targets
// are added in random order, and there are enough small sets to watch this many in all.
constexpr std::uint64_t fewest_watched = 64;

template <typename Set> void measure_in_sets(figures& out, std::uint64_t size)
{
	const std::size_t count = std::max<std::uint64_t>(fewest_watched / size, 1);
	const crowd fds{size * count};
	std::vector<int> watched = fds.watched();
	std::shuffle(watched.begin(), watched.end(), std::minstd_rand{});
	std::vector<Set> sets(count);
	for (std::size_t i = 0; i < watched.size(); i++)
		sets[i % count].add(watched[i], EPOLLIN);

	std::size_t next = 0;
	const auto add_and_remove = [&](auto& meters) {
		Set& set = sets[next % count];
		const int fd = fds.spare()[next++ % fds.spare().size()];
		meters[0].count([&] { set.add(fd, EPOLLIN); });
		meters[1].count([&] { set.remove(fd); });
	};
	out.measure({{"ADD", size}, {"DEL", size}}, add_and_remove, settled::before_each_batch);

	const std::size_t changed = std::min<std::size_t>(watched.size(), 1024);
	out.measure({{"MOD", size}}, [&](auto& meters) {
		const std::size_t i = next++ % changed;
		Set& set = sets[i % count];
		const int fd = watched[i];
		meters[0].count([&] { set.modify(fd, EPOLLIN); });
	});
}

} // namespace

void measure_ctl(figures& out)
{
	with_set(out.chosen().contender, [&]<typename Set>(std::type_identity<Set>) {
		if constexpr (keeps_watches<Set>) {
			for (const std::uint64_t size : out.sizes({1, 1024, 10240, 102400, 1000000}))
				measure_in_sets<Set>(out, size);
		}
	});
}

} // namespace bench
