// SPDX-License-Identifier: GPL-2.0-only
// Many threads poll a set in which something is always ready.
#include "support/storm.hpp"
#include "support/test.hpp"

#include <poll.h>

using namespace support;

namespace {

SEMANTICS_SUITE(ReadyPolling);

constexpr unsigned threads = 4;

// Older kernels can return 0 while another thread is in the middle of a scan.
constexpr kernel_version first_right_epoll{6, 12};

bool may_be_wrong(backend which)
{
	return which == backend::epoll && running_kernel() < first_right_epoll;
}

struct tally {
	std::atomic<unsigned> calls = 0;
	std::atomic<unsigned> zeros = 0;
};

std::string text_of(const tally& count)
{
	return std::to_string(count.zeros) + " wrong zeros in " + std::to_string(count.calls) +
	       " calls";
}

// Polls from many threads, and counts the calls and those that saw nothing.
void look_around(storm& weather, tally& count, const std::function<long(dice&)>& look)
{
	for (unsigned i = 0; i < threads; ++i)
		weather.start([&](dice roll) {
			for (; weather.goes_on(); ++count.calls)
				if (look(roll) == 0)
					++count.zeros;
		});
	weather.join();
	weather.note(text_of(count));
}

long wait_now(const event_set& set, int maxevents)
{
	std::array<epoll_event, 4> events{};
	return set.wait(events.data(), maxevents, 0);
}

// behaviours: 95
TEST_P(ReadyPolling, wait_with_timeout_0_always_finds_a_ready_target)
{
	const event_set set = create();
	const unique_fd target = make_eventfd(1);
	ASSERT_THAT(set.add(target, EPOLLIN), succeeds());
	tally count;
	storm weather;
	look_around(weather, count, [&](dice&) { return wait_now(set, 1); });
	if (may_be_wrong(GetParam()))
		GTEST_SKIP() << "epoll of this kernel may return 0: " << text_of(count);
	EXPECT_EQ(count.zeros, 0U) << text_of(count);
}

// behaviours: 95, 107, 151
TEST_P(ReadyPolling, waits_and_polls_do_not_hide_targets_from_each_other)
{
	const event_set set = create();
	const std::array<unique_fd, 3> targets{make_eventfd(1), make_eventfd(1), make_eventfd(1)};
	for (const unique_fd& target : targets)
		ASSERT_THAT(set.add(target, EPOLLIN), succeeds());
	tally count;
	storm weather;
	look_around(weather, count, [&](dice& roll) -> long {
		pollfd readable{set.fd(), POLLIN, 0};
		return roll.one_in(3) ? poll(&readable, 1, 0)
				      : wait_now(set, 1 + static_cast<int>(roll.below(4)));
	});
	if (may_be_wrong(GetParam()))
		GTEST_SKIP() << "epoll of this kernel may return 0: " << text_of(count);
	EXPECT_EQ(count.zeros, 0U) << text_of(count);
}

// behaviours: 31, 95
TEST_P(ReadyPolling, mod_does_not_hide_a_target)
{
	const event_set set = create();
	const unique_fd target = make_eventfd(1);
	ASSERT_THAT(set.add(target, EPOLLIN), succeeds());
	tally count;
	storm weather;
	look_around(weather, count, [&](dice& roll) {
		if (roll.one_in(3))
			set.mod(target, EPOLLIN | EPOLLOUT);
		return wait_now(set, 1);
	});
	if (may_be_wrong(GetParam()))
		GTEST_SKIP() << "epoll of this kernel may return 0: " << text_of(count);
	EXPECT_EQ(count.zeros, 0U) << text_of(count);
}

} // namespace
