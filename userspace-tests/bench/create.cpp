// SPDX-License-Identifier: GPL-2.0-only
// An empty set is created and closed.
#include "bench/contenders/contenders.hpp"
#include "bench/groups.hpp"

namespace bench {

void measure_create(figures& out)
{
	with_set(out.chosen().contender, [&]<typename Set>(std::type_identity<Set>) {
		if constexpr (keeps_watches<Set>)
			out.measure(
				{{"create and close"}},
				[](auto& meters) { meters[0].count([] { Set::create_and_close(); }); },
				settled::before_each_batch);
	});
}

} // namespace bench
