// SPDX-License-Identifier: GPL-2.0-only
// A waiter faults on its event buffer, and the page arrives late, as from swap or a network file
// system. Kernel epoll holds its mutex across such a fault; myepoll must not.
#include "support/test.hpp"

#include <poll.h>

#include <algorithm>
#include <array>

using namespace support;

namespace {

// A thread that waits for one event, into a page that is not present.
class stalled_waiter {
public:
	explicit stalled_waiter(const event_set& set)
		: thread_{[this, &set] { result_ = set.wait(page_.address(), 1, -1); }}
	{
	}
	void await_stall() const { page_.await_fault(); }
	void let_go() { page_.supply(); }
	bool asleep(const event_set& set) const { return asleep_in_wait(thread_.state(), set.fd()); }
	bool returned() const { return thread_.finished(); }
	void interrupt() const { thread_.interrupt(); }

	delivery result()
	{
		thread_.join();
		delivery got{result_, {}};
		const auto* const event = static_cast<const epoll_event*>(page_.address());
		if (result_ == 1)
			got.events.emplace_back(event->events, event->data.u64);
		return got;
	}

private:
	stalled_page page_;
	long result_ = 0;
	helper_thread thread_;
};

class FaultingWaiter : public semantics_test {
protected:
	std::optional<std::string> why_impossible() const override
	{
		if (stalled_page::available())
			return std::nullopt;
		return "userfaultfd is not available";
	}

	// Whether the call returns while a waiter is stalled.
	static bool ends_during_a_stall(const event_set& set, const std::function<void()>& call)
	{
		const unique_fd ready = make_eventfd(1);
		EXPECT_THAT(set.add(ready, EPOLLIN), succeeds());
		stalled_waiter staller{set};
		staller.await_stall();

		helper_thread caller{call};
		int looks_asleep = 0;
		await([&] {
			looks_asleep = caller.state().state == 'D' ? looks_asleep + 1 : 0;
			return caller.finished() || looks_asleep >= 100;
		});
		const bool ended = caller.finished();
		staller.let_go();
		caller.join();
		EXPECT_THAT(staller.result(), returns(1));
		return ended;
	}
};
SEMANTICS_INSTANCES(FaultingWaiter);

// behaviours: 26, 96
TEST_P(FaultingWaiter, does_not_stall_add_mod_and_del)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	const auto change = [&] {
		EXPECT_THAT(set.add(counter, EPOLLIN), succeeds());
		EXPECT_THAT(set.mod(counter, EPOLLOUT), succeeds());
		EXPECT_THAT(set.del(counter), succeeds());
	};
	EXPECT_TRUE(ends_during_a_stall(set, change));
}

// behaviours: 96
TEST_P(FaultingWaiter, does_not_stall_another_wait)
{
	const event_set set = create();
	const auto wait = [&] { EXPECT_THAT(set.wait(), returns(1)); };
	EXPECT_TRUE(ends_during_a_stall(set, wait));
}

// behaviours: 96
TEST_P(FaultingWaiter, does_not_stall_poll_on_the_instance)
{
	const event_set set = create();
	const auto poll_once = [&] {
		pollfd instance{set.fd(), POLLIN, 0};
		EXPECT_EQ(poll(&instance, 1, -1), 1);
	};
	EXPECT_TRUE(ends_during_a_stall(set, poll_once));
}

// behaviours: 96
TEST_P(FaultingWaiter, does_not_stall_fdinfo)
{
	const event_set set = create();
	const auto look = [&] { EXPECT_EQ(fdinfo_of(set.fd()).size(), 1U); };
	EXPECT_TRUE(ends_during_a_stall(set, look));
}

// behaviours: 96
TEST_P(FaultingWaiter, does_not_stall_the_close_of_a_watched_file)
{
	const event_set set = create();
	unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	const auto close_it = [&] { counter.close(); };
	EXPECT_TRUE(ends_during_a_stall(set, close_it));
}

// behaviours: 100, 150
TEST_P(FaultingWaiter, leaves_new_events_to_the_next_sleeper)
{
	const event_set set = create();
	const unique_fd first = make_eventfd();
	const unique_fd second = make_eventfd();
	ASSERT_THAT(set.add(first, EPOLLIN | EPOLLET), succeeds());
	ASSERT_THAT(set.add(second, EPOLLIN | EPOLLET), succeeds());
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());
	stalled_waiter staller{set}; // the last to fall asleep, so the first to wake up
	await([&] { return staller.asleep(set); });
	signal_eventfd(first);
	staller.await_stall();

	signal_eventfd(second);
	await([&] { return !sleeper.still_asleep(); });
	staller.let_go();
	std::vector<event> seen = sleeper.result().events;
	await([&] { return staller.returned() || staller.asleep(set); });
	staller.interrupt();
	for (const event& e : staller.result().events)
		seen.push_back(e);
	EXPECT_THAT(seen, testing::UnorderedElementsAre(event{EPOLLIN, first},
							event{EPOLLIN, second}));
}

// behaviours: 147, 148
TEST_P(FaultingWaiter, makes_nothing_deaf_that_fires_twice_meanwhile)
{
	const event_set set = create();
	const unique_fd first = make_eventfd(1);
	const unique_fd second = make_eventfd();
	ASSERT_THAT(set.add(first, EPOLLIN | EPOLLET), succeeds());
	ASSERT_THAT(set.add(second, EPOLLIN | EPOLLET), succeeds());
	stalled_waiter staller{set};
	staller.await_stall();
	signal_eventfd(second);
	signal_eventfd(second);
	staller.let_go();

	EXPECT_THAT(staller.result(), delivers({{EPOLLIN, first}}));
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, second}}));
	EXPECT_THAT(set.wait(), delivers_nothing());
	signal_eventfd(second);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, second}}));
}

// A harvest that is interrupted by a missing page goes on with what it has left, unless somebody changed that.
// behaviours: 92, 150
TEST_P(FaultingWaiter, reports_nothing_twice_when_a_target_is_removed_meanwhile)
{
	const event_set set = create();
	std::array<unique_fd, 4> counters;
	for (std::size_t i = 0; i < counters.size(); ++i) {
		counters[i] = make_eventfd(1);
		ASSERT_THAT(set.add(counters[i], EPOLLIN, i), succeeds());
	}
	stalled_page page;
	constexpr std::size_t in_front = 2;
	auto* const events = static_cast<epoll_event*>(page.before(in_front * sizeof(epoll_event)));
	long count = 0;
	helper_thread waiting{[&] { count = set.wait(events, static_cast<int>(counters.size()), -1); }};
	page.await_fault();

	helper_thread removing{[&] { EXPECT_THAT(set.del(counters[3]), succeeds()); }};
	await([&] { return removing.finished() || removing.state().state == 'D'; });
	page.supply();
	removing.join();
	waiting.join();

	ASSERT_GE(count, static_cast<long>(in_front));
	ASSERT_LE(count, static_cast<long>(counters.size()));
	std::vector<std::uint64_t> seen;
	for (long i = 0; i < count; ++i)
		seen.push_back(events[i].data.u64);
	std::sort(seen.begin(), seen.end());
	EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end()) << testing::PrintToString(seen);
	EXPECT_THAT(set.wait(), returns(3));
}

// behaviours: 106, 149
TEST_P(FaultingWaiter, keeps_the_order_of_what_arrives_meanwhile)
{
	const event_set set = create();
	const unique_fd first = make_eventfd(1);
	ASSERT_THAT(set.add(first, EPOLLIN | EPOLLET), succeeds());
	std::array<unique_fd, 3> others;
	for (unique_fd& other : others) {
		other = make_eventfd();
		ASSERT_THAT(set.add(other, EPOLLIN | EPOLLET), succeeds());
	}
	stalled_waiter staller{set};
	staller.await_stall();
	for (const int i : {2, 0, 1})
		signal_eventfd(others[static_cast<std::size_t>(i)]);
	staller.let_go();

	EXPECT_THAT(staller.result(), delivers({{EPOLLIN, first}}));
	EXPECT_THAT(set.wait(),
		    delivers({{EPOLLIN, others[2]}, {EPOLLIN, others[0]}, {EPOLLIN, others[1]}}));
}

} // namespace
