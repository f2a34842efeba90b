// SPDX-License-Identifier: GPL-2.0-only
// Which memory cgroup items are charged to.
#include "support/memory_group.hpp"
#include "support/test.hpp"

#include <deque>

using namespace support;

namespace {

class MemoryCharge : public semantics_test {
protected:
	std::optional<std::string> why_impossible() const override { return memory_group::why_impossible(); }
};

SEMANTICS_INSTANCES(MemoryCharge);

constexpr int instances = 60;
constexpr int targets = 250;
constexpr long least_bytes = instances * targets * 120;

// behaviours: 161
TEST_P(MemoryCharge, is_borne_by_who_adds_and_given_back_by_del)
{
	may_take(60s);
	const memory_group group;
	const unique_fd counter = make_eventfd();
	std::deque<unique_fd> numbers;
	std::deque<event_set> sets;
	for (int i = 0; i < targets; ++i)
		numbers.push_back(duplicate(counter));
	for (int i = 0; i < instances; ++i)
		sets.push_back(create());
	const auto with_all = [&](const auto& what) {
		for (const event_set& set : sets)
			for (const unique_fd& number : numbers)
				if (what(set, number) != 0)
					ADD_FAILURE() << "CTL failed";
	};

	EXPECT_EQ(in_child([&] {
			  group.enter();
			  const long before = group.charged();
			  with_all([](const event_set& set, int fd) { return set.add(fd, EPOLLIN); });
			  EXPECT_GE(group.charged() - before, least_bytes);
		  }),
		  0);

	EXPECT_GE(group.charged(), least_bytes) << "the items outlive the process that added them";
	with_all([](const event_set& set, int fd) { return set.del(fd); });
	await([&] { return group.charged() < least_bytes / 2; });
}

} // namespace
