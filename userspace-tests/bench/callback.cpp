// SPDX-License-Identifier: GPL-2.0-only
/*
 * A write to a watched target. Minus the same write to an unwatched one, it is the cost of the
 * watcher's callback. No thread is preempted, and only the write is counted.
 */
#include "bench/contenders/contenders.hpp"
#include "bench/groups.hpp"
#include "bench/sleeper.hpp"
#include "bench/targets.hpp"

#include <memory>
#include <stdexcept>

namespace bench {
namespace {

std::string name(target::kind of, const char* state)
{
	return "write to " + std::string{target::name(of)} + state;
}

void measure_unwatched(figures& out, target::kind of)
{
	const target lonely{of};
	out.measure({{name(of, "")}}, [&](auto& meters) {
		meters[0].count([&] { lonely.write(); });
		lonely.drain();
	});
}

template <typename Set> void measure_queueing(figures& out, target::kind of)
{
	const target watched{of};
	Set set;
	set.add(watched.fd(), EPOLLIN | EPOLLET);
	out.measure({{name(of, ", not queued"), 1}}, [&](auto& meters) {
		meters[0].count([&] { watched.write(); });
		if (set.look() != 1)
			throw std::runtime_error("a write made nothing ready");
		watched.drain();
		set.look(); // re-arms a poll
	});
	watched.write();
	watched.drain();
	out.measure({{name(of, ", queued"), 1}}, [&](auto& meters) {
		meters[0].count([&] { watched.write(); });
		watched.drain();
	});
}

template <typename Set> void measure_with_sleeper(figures& out, target::kind of)
{
	const target watched{of};
	const sleeper other{watched, on_wake::runs_later, [&watched] {
				    auto set = std::make_shared<Set>();
				    set->add(watched.fd(), EPOLLIN | EPOLLET);
				    return [set] { set->wait(); };
			    }};
	out.measure({{name(of, ", sleeper"), 1}}, [&](auto& meters) {
		other.await_sleep();
		meters[0].count([&] { watched.write(); });
	});
}

} // namespace

void measure_callback(figures& out)
{
	for (const target::kind of : target::kinds) {
		if (out.chosen().contender == "none")
			measure_unwatched(out, of);
		with_set(out.chosen().contender, [&]<typename Set>(std::type_identity<Set>) {
			if constexpr (keeps_watches<Set>)
				measure_queueing<Set>(out, of);
			measure_with_sleeper<Set>(out, of);
		});
	}
}

} // namespace bench
