// SPDX-License-Identifier: GPL-2.0-only
// A set is made and closed, empty.
#include "bench/contenders/contenders.hpp"
#include "bench/groups.hpp"

namespace bench {
namespace {

// Files are freed after a grace period, and how dear the next ones are depends on how many wait for
// theirs. So a few are made, and then there is a pause.
constexpr unsigned together = 32;

} // namespace

void measure_create(figures& out)
{
	with_set(out.chosen().contender, [&]<typename Set>(std::type_identity<Set>) {
		if constexpr (keeps_watches<Set>)
			out.measure({{"create and close"}}, [](auto& meters) {
				const auto create_and_close = [] {
					for (unsigned i = 0; i < together; ++i)
						Set::create_and_close();
				};
				figures::settle();
				meters[0].count(create_and_close, together);
			});
	});
}

} // namespace bench
