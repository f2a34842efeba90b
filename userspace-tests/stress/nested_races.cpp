// SPDX-License-Identifier: GPL-2.0-only
// Instances are added to instances and removed again while other threads wait, close and write. The drawings
// read: watcher <- watched.
#include "support/channel.hpp"
#include "support/storm.hpp"
#include "support/team.hpp"
#include "support/test.hpp"

#include <poll.h>

#include <array>

using namespace support;

namespace {

SEMANTICS_SUITE(NestedRaces);

//	a <- b, and at the same time b <- a
//
// behaviours: 108, 114
TEST_P(NestedRaces, of_two_instances_that_go_into_each_other_one_succeeds)
{
	const event_set a = create();
	const event_set b = create();
	long b_into_a = 0;
	long a_into_b = 0;
	storm weather;
	team race{weather, {[&] { a_into_b = b.add(a.fd(), EPOLLIN); }}};
	unsigned rounds = 0;
	for (; weather.goes_on(); ++rounds) {
		race.together([&] { b_into_a = a.add(b.fd(), EPOLLIN); });
		ASSERT_EQ(a_into_b + b_into_a, -ELOOP) << a_into_b << " " << b_into_a;
		ASSERT_THAT(b_into_a == 0 ? a.del(b.fd()) : b.del(a.fd()), returns(0));
	}
	weather.note(std::to_string(rounds) + " rounds");
}

//	a <- b <- c, and at the same time c <- a: three edges of a cycle, of which one must fail
//
// behaviours: 108, 114
TEST_P(NestedRaces, of_three_instances_that_would_close_a_circle_two_succeed)
{
	const event_set sets[] = {create(), create(), create()};
	std::array<long, 3> results{};
	const auto add_next = [&](std::size_t i) {
		results[i] = sets[i].add(sets[(i + 1) % 3].fd(), EPOLLIN);
	};
	storm weather;
	team race{weather, {[&] { add_next(1); }, [&] { add_next(2); }}};
	unsigned rounds = 0;
	for (; weather.goes_on(); ++rounds) {
		race.together([&] { add_next(0); });
		ASSERT_EQ(results[0] + results[1] + results[2], -ELOOP);
		for (std::size_t i = 0; i < 3; ++i)
			ASSERT_THAT(sets[i].del(sets[(i + 1) % 3].fd()),
				    returns(results[i] == 0 ? 0 : -ENOENT));
	}
	weather.note(std::to_string(rounds) + " rounds");
}

//	a <- b, and at the same time b <- a and the close of both
//
// behaviours: 108, 114, 119, 131, 132
TEST_P(NestedRaces, two_instances_that_go_into_each_other_meet_the_close_of_both)
{
	event_set a = create();
	event_set b = create();
	int a_number = -1;
	int b_number = -1;
	const auto add = [&](int outer, int inner) {
		epoll_event event{};
		event.events = EPOLLIN;
		return raw::ctl(GetParam(), outer, EPOLL_CTL_ADD, inner, &event);
	};
	long b_into_a = 0;
	long a_into_b = 0;
	storm weather;
	dice roll = weather.next_dice();
	team race{weather,
		  {[&] { a_into_b = add(b_number, a_number); }, [&] { a.close(); }, [&] { b.close(); }}};
	unsigned rounds = 0;
	unsigned nested = 0;
	for (; weather.goes_on(); ++rounds) {
		const unique_fd ready = make_eventfd(1);
		a = create();
		b = create();
		a_number = a.fd();
		b_number = b.fd();
		ASSERT_THAT((roll.one_in(2) ? a : b).add(ready, EPOLLIN), succeeds());
		race.together([&] { b_into_a = add(a_number, b_number); });
		for (const long result : {b_into_a, a_into_b})
			ASSERT_TRUE(result == 0 || result == -EBADF || result == -ELOOP) << result;
		ASSERT_FALSE(b_into_a == 0 && a_into_b == 0);
		nested += b_into_a == 0 || a_into_b == 0;
	}
	weather.note(std::to_string(nested) + " nested in " + std::to_string(rounds) + " rounds");
}

//	outer <- inner <- counter, which is ready; the cycle check of inner <- outer must not wait for the
//	scans of outer while it locks them out of inner
//
// behaviours: 108, 120, 153
TEST_P(NestedRaces, an_add_that_would_close_a_circle_does_not_block_a_scan)
{
	const event_set outer = create();
	const event_set inner = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());
	std::atomic<unsigned> wrong = 0;
	std::atomic<unsigned> adds = 0;
	storm weather;
	weather.start([&](dice) {
		for (; weather.goes_on(); ++adds)
			if (inner.add(outer.fd(), EPOLLIN) != -ELOOP)
				++wrong;
	});
	unsigned scans = 0;
	for (; weather.goes_on(); ++scans)
		if (outer.wait().events != std::vector<event>{{EPOLLIN, inner.fd()}})
			++wrong;
	weather.join();
	EXPECT_EQ(wrong, 0U);
	weather.note(std::to_string(adds) + " adds, " + std::to_string(scans) + " scans");
}

//	outer <- inner <- target: inner is added to outer while each of the three is closed
//
// behaviours: 119, 131, 132, 159, 163
TEST_P(NestedRaces, a_nesting_add_meets_the_close_of_all_that_it_is_about)
{
	event_set outer = create();
	event_set inner = create();
	channel target{channel_kind::counter};
	int outer_number = -1;
	int inner_number = -1;
	long nested = 0;
	storm weather;
	dice roll = weather.next_dice();
	team race{weather,
		  {[&] {
			   epoll_event event{};
			   event.events = EPOLLIN;
			   nested = raw::ctl(GetParam(), outer_number, EPOLL_CTL_ADD, inner_number,
					     &event);
		   },
		   [&] { inner.close(); },
		   [&] { target.close_target(); }}};
	unsigned rounds = 0;
	for (; weather.goes_on(); ++rounds) {
		outer = create();
		inner = create();
		const event_set above = create(); // makes the ADD check upwards, too
		ASSERT_THAT(above.add(outer.fd(), EPOLLIN), succeeds());
		target = channel{roll.one_of(all_channel_kinds)};
		ASSERT_THAT(inner.add(target.target(), EPOLLIN), succeeds());
		target.put(roll.below(2));
		outer_number = outer.fd();
		inner_number = inner.fd();
		race.together([&] {
			if (roll.one_in(2))
				outer.close();
		});
		ASSERT_TRUE(nested == 0 || nested == -EBADF) << nested;
		await([&] { return target.target_is_gone(); });
		ASSERT_THAT(above.wait(), delivers_nothing());
	}
	weather.note(std::to_string(rounds) + " rounds");
}

// Instances under fixed descriptors, so that each can be replaced by a new one in one step, and an operation
// on a descriptor acts either on the old or on the new one.
class city {
public:
	static constexpr unsigned instances = 10;
	static constexpr unsigned counters = 4;

	explicit city(backend which) : which_{which}
	{
		for (unsigned i = 0; i < instances; ++i)
			rebuild(i);
		for (unsigned i = 0; i < counters; ++i)
			dup2(make_eventfd(), counter(i));
	}
	city(const city&) = delete;
	city& operator=(const city&) = delete;
	~city() { close_range(first_number, first_number + instances + counters - 1, 0); }

	void rebuild(unsigned i) const { dup2(event_set{which_, 0}.fd(), instance(i)); }
	// Does something somewhere; false if the result is not a possible one.
	bool live(dice& roll) const;
	// Expects each instance to be ready if and only if something below it is.
	void expect_consistent() const;

private:
	static constexpr int first_number = 600;
	static int instance(unsigned i) { return first_number + static_cast<int>(i); }
	static int counter(unsigned i) { return instance(instances + i); }
	static bool readable(int fd)
	{
		pollfd one{fd, POLLIN, 0};
		return poll(&one, 1, 0) == 1;
	}
	bool should_be_readable(int fd) const;

	backend which_;
};

bool city::live(dice& roll) const
{
	const unsigned here = roll.below(instances);
	const int anything = instance(roll.below(instances + counters));
	epoll_event event{};
	event.events = EPOLLIN;
	long result = 0;
	switch (roll.below(8)) {
	case 0:
	case 1:
		result = raw::ctl(which_, instance(here), EPOLL_CTL_ADD, anything, &event);
		return result == 0 || result == -ELOOP || result == -EEXIST || result == -EINVAL;
	case 2:
		result = raw::ctl(which_, instance(here), EPOLL_CTL_DEL, anything, nullptr);
		return result == 0 || result == -ENOENT || result == -EINVAL;
	case 3:
		signal_eventfd(counter(roll.below(counters)));
		return true;
	case 4:
		drain(counter(roll.below(counters)));
		return true;
	case 5:
		return raw::wait(which_, instance(here), &event, 1, static_cast<int>(roll.below(2))) >= 0;
	case 6:
		readable(instance(here));
		return true;
	default:
		if (roll.one_in(4))
			rebuild(here);
		return true;
	}
}

bool city::should_be_readable(int fd) const
{
	if (fd >= counter(0))
		return readable(fd);
	const auto items = fdinfo_of(fd);
	return std::any_of(items.begin(), items.end(),
			   [this](const fdinfo_item& item) { return should_be_readable(item.fd); });
}

void city::expect_consistent() const
{
	// The last reference to a replaced instance may be a scan's; then a kernel worker closes it a moment
	// later. A lost event stays lost.
	const stopwatch clock;
	for (unsigned i = 0; i < instances; ++i) {
		while (readable(instance(i)) != should_be_readable(instance(i)) && clock.elapsed() < 5s)
			sched_yield();
		EXPECT_EQ(readable(instance(i)), should_be_readable(instance(i))) << "instance " << i;
	}
}

// behaviours: 108, 116, 119, 131, 132, 159
TEST_P(NestedRaces, whatever_happens_an_instance_is_ready_if_something_below_it_is)
{
	const city town{GetParam()};
	std::atomic<unsigned> strange = 0;
	std::atomic<unsigned> deeds = 0;
	storm weather;
	dice roll = weather.next_dice();
	const auto live_for_a_while = [&](dice& own_roll) {
		for (unsigned i = own_roll.below(300); i > 0; --i, ++deeds)
			if (!town.live(own_roll))
				++strange;
	};
	dice rolls[] = {weather.next_dice(), weather.next_dice(), weather.next_dice()};
	team race{weather,
		  {[&] { live_for_a_while(rolls[0]); }, [&] { live_for_a_while(rolls[1]); },
		   [&] { live_for_a_while(rolls[2]); }}};
	while (weather.goes_on() && !HasFailure()) {
		race.together([&] { live_for_a_while(roll); });
		town.expect_consistent();
	}
	EXPECT_EQ(strange, 0U);
	weather.note(std::to_string(deeds) + " operations");
}

} // namespace
