// SPDX-License-Identifier: GPL-2.0-only
// ADD, MOD and DEL of one among many.
#include "bench/contenders/contenders.hpp"
#include "bench/groups.hpp"
#include "bench/targets.hpp"

namespace bench {
namespace {

// Items are freed after a grace period, and how dear the next one is depends on how many wait for
// theirs; hence a pause after so many.
constexpr std::size_t between_pauses = 64;

template <typename Set> void measure_in_set(figures& out, std::uint64_t size)
{
	const crowd fds{size};
	Set set;
	for (const int fd : fds.watched())
		set.add(fd, EPOLLIN);

	std::size_t next = 0;
	out.measure({{"ADD", size}, {"DEL", size}}, [&](auto& meters) {
		if (next % between_pauses == 0)
			figures::settle();
		const int fd = fds.spare()[next++ % fds.spare().size()];
		meters[0].count([&] { set.add(fd, EPOLLIN); });
		meters[1].count([&] { set.remove(fd); });
	});

	const std::vector<int> changed = fds.some(std::min<std::uint64_t>(size, 1024));
	out.measure({{"MOD", size}}, [&](auto& meters) {
		const int fd = changed[next++ % changed.size()];
		meters[0].count([&] { set.modify(fd, EPOLLIN); });
	});
}

} // namespace

void measure_ctl(figures& out)
{
	with_set(out.chosen().contender, [&]<typename Set>(std::type_identity<Set>) {
		if constexpr (keeps_watches<Set>) {
			for (const std::uint64_t size : out.sizes({1, 1024, 10240, 102400, 1000000}))
				measure_in_set<Set>(out, size);
		}
	});
}

} // namespace bench
