// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the start of a write in one thread to the return of WAIT in another that slept in it,
 * including the context switch. The sleeper has a real-time priority, so it runs at once.
 */
#include "bench/contenders/contenders.hpp"
#include "bench/groups.hpp"
#include "bench/sleeper.hpp"
#include "bench/targets.hpp"

#include <memory>

namespace bench {
namespace {

template <typename Make_wait> void measure_wake(figures& out, const target& on, Make_wait make_wait)
{
	const sleeper other{on, on_wake::runs_at_once, make_wait};
	out.measure({{"wake-up of a waiter", 1}}, [&](auto& meters) {
		other.await_sleep();
		const std::uint64_t start = instructions();
		on.write();
		other.await_sleep();
		meters[0].add(other.woken_at() - start, 1);
	});
}

} // namespace

void measure_wakeup(figures& out)
{
	const target on{target::kind::eventfd};
	with_set(out.chosen().contender, [&]<typename Set>(std::type_identity<Set>) {
		measure_wake(out, on, [&on] {
			auto set = std::make_shared<Set>();
			set->add(on.fd(), EPOLLIN | EPOLLET);
			return [set] { set->wait(); };
		});
	});
}

} // namespace bench
