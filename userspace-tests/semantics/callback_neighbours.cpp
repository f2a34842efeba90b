// SPDX-License-Identifier: GPL-2.0-only
// A wakeup reaches the other waiters on a target, whatever an instance does with it.
#include "support/test.hpp"

#include <poll.h>
#include <sys/syscall.h>

#include <array>

using namespace support;

namespace {

SEMANTICS_SUITE(CallbackNeighbours);

// A thread in poll(2) on a target.
class poller {
public:
	explicit poller(int target)
		: thread_{[target] {
			  pollfd one{target, POLLIN, 0};
			  EXPECT_EQ(poll(&one, 1, -1), 1);
		  }}
	{
		await([this] { return asleep_in(thread_.state(), SYS_poll); });
	}
	void expect_woken() { thread_.join(); }

private:
	helper_thread thread_;
};

struct neighbour {
	const char* what;
	std::uint32_t interest;
};

constexpr neighbour neighbours[] = {
	{"level", EPOLLIN},
	{"edge", EPOLLIN | EPOLLET},
	{"watches another event", EPOLLPRI},
	{"watches no event", 0},
	{"exclusive", EPOLLIN | EPOLLEXCLUSIVE},
	{"disarmed", EPOLLONESHOT},
};

//	poll(2), set, poll(2) <- counter; the latest entry in its wait queue is called first
//
// behaviours: 48, 154
TEST_P(CallbackNeighbours, who_polls_a_target_is_woken_behind_an_instance)
{
	for (const neighbour& row : neighbours) {
		SCOPED_TRACE(row.what);
		const event_set set = create();
		const unique_fd counter = make_eventfd();
		poller behind{counter};
		ASSERT_THAT(set.add(counter, row.interest), succeeds());
		poller before{counter};

		signal_eventfd(counter);

		behind.expect_woken();
		before.expect_woken();
	}
}

//	set and a kernel epoll <- counter, both exclusive
//
// behaviours: 63, 69, 154
TEST_P(CallbackNeighbours, an_exclusive_epoll_behind_hears_of_what_nobody_here_takes_care_of)
{
	const unique_fd counter = make_eventfd();
	const event_set set = create();
	const event_set epoll{backend::epoll};
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLEXCLUSIVE), succeeds());
	ASSERT_THAT(epoll.add(counter, EPOLLIN | EPOLLEXCLUSIVE), succeeds());
	waiter theirs{epoll};
	ASSERT_TRUE(theirs.falls_asleep());
	waiter ours{set};
	ASSERT_TRUE(ours.falls_asleep());

	signal_eventfd(counter);
	EXPECT_THAT(ours.result(), delivers({{EPOLLIN, counter}}));
	EXPECT_TRUE(theirs.still_asleep());

	signal_eventfd(counter);
	EXPECT_THAT(theirs.result(), delivers({{EPOLLIN, counter}}));
}

} // namespace
