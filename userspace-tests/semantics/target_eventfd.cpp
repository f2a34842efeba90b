// SPDX-License-Identifier: GPL-2.0-only
// eventfds as targets.
#include "support/test.hpp"
#include "support/watch.hpp"

#include <sys/eventfd.h>

#include <cstdint>
#include <limits>

using namespace support;

namespace {

SEMANTICS_SUITE(TargetEventfd);

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max() - 1;

// behaviours: 43, 53, 54
TEST_P(TargetEventfd, is_writable_at_zero_and_both_above)
{
	const unique_fd counter = make_eventfd();
	const watch seen{GetParam(), counter, all_events};
	EXPECT_THAT(seen.now(), wakes_with(EPOLLOUT));

	signal_eventfd(counter);
	EXPECT_THAT(seen.now(), wakes_with(EPOLLIN | EPOLLOUT));
	take_eventfd(counter);
	EXPECT_THAT(seen.now(), wakes_with(EPOLLOUT));
}

// behaviours: 43, 53, 54
TEST_P(TargetEventfd, is_not_writable_at_its_most)
{
	const unique_fd counter = make_eventfd();
	const watch seen{GetParam(), counter, all_events};
	ASSERT_THAT(seen.now(), wakes_with(EPOLLOUT));

	signal_eventfd(counter, most);
	EXPECT_THAT(seen.now(), wakes_with(EPOLLIN));
	take_eventfd(counter);
	EXPECT_THAT(seen.now(), wakes_with(EPOLLOUT));
}

// behaviours: 43, 53, 54
TEST_P(TargetEventfd, wakes_for_every_write)
{
	const unique_fd counter = make_eventfd();
	const watch seen{GetParam(), counter, EPOLLIN};

	for (int i = 0; i < 10; ++i) {
		signal_eventfd(counter);
		ASSERT_THAT(seen.now(), wakes_with(EPOLLIN));
		ASSERT_THAT(seen.now(), stays_at(EPOLLIN));
	}
}

// behaviours: 43, 53, 54
TEST_P(TargetEventfd, wakes_even_for_a_write_of_nothing)
{
	const unique_fd counter = make_eventfd(1);
	const watch seen{GetParam(), counter, EPOLLIN};
	ASSERT_THAT(seen.now(), wakes_with(EPOLLIN));

	signal_eventfd(counter, 0);

	EXPECT_THAT(seen.now(), wakes_with(EPOLLIN));
}

// behaviours: 43, 53, 54
TEST_P(TargetEventfd, as_a_semaphore_is_readable_until_the_last_unit)
{
	const unique_fd semaphore = make_eventfd(2, EFD_SEMAPHORE);
	const watch seen{GetParam(), semaphore, EPOLLIN};
	ASSERT_THAT(seen.now(), wakes_with(EPOLLIN));

	take_eventfd(semaphore);
	EXPECT_THAT(seen.now(), stays_at(EPOLLIN));
	take_eventfd(semaphore);
	EXPECT_THAT(seen.now(), stays_at(0));
}

} // namespace
