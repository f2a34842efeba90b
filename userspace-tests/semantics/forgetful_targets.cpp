// SPDX-License-Identifier: GPL-2.0-only
// Targets whose ->poll() clears what it reports: perf events, pressure triggers, and /proc files that report
// changes. An event that was polled but not written to the waiter's memory is lost. That may happen only if
// the memory is inaccessible, never because a page has to be faulted in first.
#include "support/forgetful_suite.hpp"
#include "support/test.hpp"

#include <deque>
#include <list>
#include <span>

using namespace support;
using testing::ElementsAre;

namespace {

constexpr std::size_t event_size = event_buffer::event_size;

// A set that watches a target, and the memory for its events.
struct lookout {
	lookout(backend which, const watch_mode& how_, memory_kind kind, std::size_t bytes_on_first_page)
		: set{which}, how{how_}, memory{kind, bytes_on_first_page}
	{
	}
	std::string name() const { return std::string{how.name} + ", " + name_of(memory.kind()); }

	event_set set;
	watch_mode how;
	event_buffer memory;
	int target = -1;
	std::deque<unique_fd> counters{};
};

// Two threads that wait on the same set, into the same memory.
class sleeping_pair {
public:
	explicit sleeping_pair(const lookout& p)
	{
		for (int i = 0; i < 2; ++i)
			EXPECT_TRUE(sleepers_.emplace_back(p.set, p.memory).falls_asleep());
	}
	// The results of the threads that have returned since the last call; the others are asleep.
	std::vector<delivery> returned()
	{
		// A thread that returns may wake up the other one, so both are checked twice.
		await([this] { return have_settled() && have_settled(); });
		std::vector<delivery> got;
		std::erase_if(sleepers_, [&got](waiter& sleeper) {
			const bool has_returned = sleeper.returned();
			if (has_returned)
				got.push_back(sleeper.result());
			return has_returned;
		});
		return got;
	}

private:
	bool have_settled() const
	{
		return std::all_of(sleepers_.begin(), sleepers_.end(), [](const waiter& sleeper) {
			return sleeper.returned() || sleeper.still_asleep();
		});
	}

	std::list<waiter> sleepers_;
};

class ForgetfulTargets : public forgetful_test {
protected:
	struct plan {
		std::size_t counters = 0;       // ready ones, added before the target
		std::size_t bytes_of_event = 4; // of the target's event, on the first page
		std::uint32_t also = 0;         // events to watch the target for besides its own
	};
	// One for each mode and kind of memory, each with a new target.
	std::deque<lookout> make_lookouts(const plan& wish)
	{
		make_source();
		const std::size_t bytes = wish.counters * event_size + wish.bytes_of_event;
		std::deque<lookout> lookouts;
		for (const watch_mode& how : watch_modes)
			for (const memory_kind kind : kinds())
				set_up(lookouts.emplace_back(GetParam().which, how, kind, bytes), wish);
		return lookouts;
	}
	std::deque<lookout> make_lookouts() { return make_lookouts(plan{}); }

	event event_of(const lookout& p) const { return {source().event_mask(), p.target}; }
	long modify(const lookout& p) const { return p.set.mod(p.target, source().interest() | p.how.bits); }
	long add_anew(const lookout& p) const
	{
		EXPECT_THAT(p.set.del(p.target), succeeds());
		return p.set.add(p.target, source().interest() | p.how.bits);
	}

	// The last event is delivered, or lost to EFAULT, and not reported again.
	void expect_one_answer(const lookout& p) const
	{
		SCOPED_TRACE(p.name());
		const delivery got = p.memory.wait(p.set);
		if (p.memory.room() > 0)
			EXPECT_THAT(got, delivers({event_of(p)}));
		else
			EXPECT_THAT(got, fails_with(EFAULT));
		EXPECT_THAT(p.set.wait(), delivers_nothing());
	}

	void expect_one_returned(const lookout& p, sleeping_pair& pair) const
	{
		SCOPED_TRACE(p.name());
		const std::vector<delivery> got = pair.returned();
		if (p.memory.room() > 0)
			EXPECT_THAT(got, ElementsAre(delivers({event_of(p)})));
		else
			EXPECT_THAT(got, ElementsAre(fails_with(EFAULT)));
	}

private:
	// Each counting target has a FUSE server of its own, which is slow to start.
	std::span<const memory_kind> kinds() const
	{
		static constexpr std::array some{memory_kind::fresh, memory_kind::forked, memory_kind::hole,
						 memory_kind::forbidden};
		if (GetParam().kind == forgetful_kind::counting)
			return some;
		return all_memory_kinds;
	}
	void set_up(lookout& p, const plan& wish) const
	{
		for (std::size_t i = 0; i < wish.counters; ++i) {
			p.counters.push_back(make_eventfd(1));
			EXPECT_THAT(p.set.add(p.counters.back(), EPOLLIN | EPOLLET, i), succeeds());
		}
		p.target = source().open();
		EXPECT_THAT(p.set.add(p.target, source().interest() | wish.also | p.how.bits), succeeds());
	}
};

FORGETFUL_INSTANCES(ForgetfulTargets, counting);
FORGETFUL_INSTANCES(ForgetfulTargets, perf);
FORGETFUL_INSTANCES(ForgetfulTargets, hostname);
FORGETFUL_INSTANCES(ForgetfulTargets, mounts);
FORGETFUL_INSTANCES(ForgetfulTargets, mountinfo);
FORGETFUL_INSTANCES(ForgetfulTargets, pressure);

// All kinds but pressure, whose events take seconds.
class CheapEvents : public ForgetfulTargets {};

FORGETFUL_INSTANCES(CheapEvents, counting);
FORGETFUL_INSTANCES(CheapEvents, perf);
FORGETFUL_INSTANCES(CheapEvents, hostname);
FORGETFUL_INSTANCES(CheapEvents, mounts);
FORGETFUL_INSTANCES(CheapEvents, mountinfo);

// behaviours: 93, 164, 165
TEST_P(ForgetfulTargets, lose_an_event_to_forbidden_memory_only)
{
	const std::deque<lookout> lookouts = make_lookouts();

	source().make_event();

	for (const lookout& p : lookouts)
		expect_one_answer(p);
}

// behaviours: 58, 59, 93, 164
TEST_P(CheapEvents, report_the_next_event_after_a_lost_one)
{
	const std::deque<lookout> lookouts = make_lookouts();
	source().make_event();
	for (const lookout& p : lookouts)
		(void)p.memory.wait(p.set);

	source().make_event();

	for (const lookout& p : lookouts) {
		SCOPED_TRACE(p.name());
		const bool is_spent = p.how.bits == EPOLLONESHOT && p.memory.room() > 0;
		EXPECT_THAT(p.set.wait(), delivers_list(is_spent ? std::vector<event>{} : std::vector{event_of(p)}));
		EXPECT_THAT(p.set.wait(), delivers_nothing());
	}
}

// behaviours: 30, 93, 164, 165
TEST_P(ForgetfulTargets, report_an_event_after_they_were_modified_or_added_anew)
{
	for (const bool anew : {false, true}) {
		const std::deque<lookout> lookouts = make_lookouts();
		for (const lookout& p : lookouts)
			EXPECT_THAT(anew ? add_anew(p) : modify(p), succeeds());

		source().make_event();

		for (const lookout& p : lookouts)
			expect_one_answer(p);
	}
}

// MOD and ADD poll the target, which clears its event; the next wait polls it again and finds nothing.
// behaviours: 30, 164
TEST_P(CheapEvents, lose_an_event_when_they_are_modified_or_added_anew)
{
	for (const bool anew : {false, true}) {
		const std::deque<lookout> lookouts = make_lookouts();
		source().make_event();

		for (const lookout& p : lookouts) {
			SCOPED_TRACE(p.name());
			EXPECT_THAT(anew ? add_anew(p) : modify(p), succeeds());
			EXPECT_THAT(p.memory.wait(p.set), delivers_nothing());
		}
	}
}

// behaviours: 92, 93, 164, 165
TEST_P(CheapEvents, are_polled_when_it_is_their_turn)
{
	constexpr std::size_t counters = 3;
	for (const std::size_t bytes : {0, 4}) {
		const std::deque<lookout> lookouts = make_lookouts({.counters = counters, .bytes_of_event = bytes});

		source().make_event();

		for (const lookout& p : lookouts) {
			SCOPED_TRACE(p.name() + ", bytes on the first page: " + std::to_string(bytes));
			const std::vector<event> first{{EPOLLIN, 0}, {EPOLLIN, 1}, {EPOLLIN, 2}};
			const std::vector<event> all{first[0], first[1], first[2], event_of(p)};
			const delivery got = p.memory.wait(p.set);
			if (p.memory.room() > counters)
				EXPECT_THAT(got, delivers_list(all));
			else if (p.memory.room() == counters)
				EXPECT_THAT(got, delivers_list(first));
			else
				EXPECT_THAT(got, fails_with(EFAULT));
			// An event polled when no room is left is lost; those after it are not polled and come next time.
			EXPECT_THAT(p.set.wait(), delivers_list(got.result < 0 ? all : std::vector<event>{}));
		}
	}
}

// behaviours: 60, 91, 93, 164, 165
TEST_P(ForgetfulTargets, wake_one_sleeper_for_one_event)
{
	const std::deque<lookout> lookouts = make_lookouts();
	std::deque<sleeping_pair> pairs{lookouts.begin(), lookouts.end()};

	source().make_event();

	for (std::size_t i = 0; i < lookouts.size(); ++i)
		expect_one_returned(lookouts[i], pairs[i]);
}

// behaviours: 58, 59, 93, 164, 165
TEST_P(CheapEvents, are_reported_one_by_one)
{
	std::deque<lookout> lookouts = make_lookouts();
	for (int i = 0; i < 3; ++i) {
		source().make_event();
		for (lookout& p : lookouts) {
			expect_one_answer(p);
			EXPECT_THAT(modify(p), succeeds());
			p.memory.renew();
		}
	}
}

// behaviours: 58, 59, 60, 91, 93, 164, 165
TEST_P(CheapEvents, wake_the_sleepers_one_by_one)
{
	const std::deque<lookout> lookouts = make_lookouts();
	std::deque<sleeping_pair> pairs{lookouts.begin(), lookouts.end()};
	for (const bool anew : {false, true}) {
		source().make_event();

		for (std::size_t i = 0; i < lookouts.size(); ++i) {
			expect_one_returned(lookouts[i], pairs[i]);
			EXPECT_THAT(anew ? add_anew(lookouts[i]) : modify(lookouts[i]), succeeds());
		}
	}
}

// Targets that are always readable and also report events.
class BesideALevel : public ForgetfulTargets {};

FORGETFUL_INSTANCES(BesideALevel, hostname);
FORGETFUL_INSTANCES(BesideALevel, mounts);
FORGETFUL_INSTANCES(BesideALevel, mountinfo);

// behaviours: 93, 164, 165
TEST_P(BesideALevel, an_event_is_reported_once)
{
	const std::deque<lookout> lookouts = make_lookouts({.also = source().level_mask()});

	source().make_event();

	for (const lookout& p : lookouts) {
		SCOPED_TRACE(p.name());
		const event level{source().level_mask(), p.target};
		const bool is_writable = p.memory.room() > 0;
		const delivery got = p.memory.wait(p.set);
		if (is_writable)
			EXPECT_THAT(got, delivers({{source().level_mask() | source().event_mask(), p.target}}));
		else
			EXPECT_THAT(got, fails_with(EFAULT));
		const bool is_consumed = is_writable && p.how.bits != 0;
		EXPECT_THAT(p.set.wait(), delivers_list(is_consumed ? std::vector<event>{} : std::vector{level}));
	}
}

} // namespace
