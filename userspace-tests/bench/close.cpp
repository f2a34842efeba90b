// SPDX-License-Identifier: GPL-2.0-only
// The last close of a file: of one that is watched, and of one that is not, which every program pays for.
#include "bench/call.hpp"
#include "bench/contenders/contenders.hpp"
#include "bench/groups.hpp"
#include "bench/targets.hpp"

#include <unistd.h>

namespace bench {
namespace {

void close_counted(meter& counter, myepoll::file_descriptor fd)
{
	const int number = fd.release();
	counter.count([&] { checked(close(number), "close"); });
}

void measure_unwatched(figures& out, std::uint64_t others)
{
	out.measure({{"close unwatched", others}}, [](auto& meters) { close_counted(meters[0], make_eventfd()); });
}

template <typename Set> void measure_watched(figures& out)
{
	Set set;
	out.measure({{"close watched", 1}}, [&](auto& meters) {
		auto fd = make_eventfd();
		set.add(fd.get(), EPOLLIN);
		close_counted(meters[0], std::move(fd));
	});

	const crowd others{1024};
	for (const int fd : others.watched())
		set.add(fd, EPOLLIN);
	measure_unwatched(out, others.watched().size());
}

} // namespace

void measure_close(figures& out)
{
	// "none" and "unloaded" run the same code, with and without the module.
	if (out.chosen().contender == "none" || out.chosen().contender == "unloaded")
		measure_unwatched(out, 0);
	with_set(out.chosen().contender, [&]<typename Set>(std::type_identity<Set>) {
		if constexpr (is_epoll<Set>)
			measure_watched<Set>(out);
	});
}

} // namespace bench
