// SPDX-License-Identifier: GPL-2.0-only
// An ADD that nests sets counts the paths up from the targets below, of which there can be very many. Only other
// nesting ADDs wait for it, and what it walks over may be removed meanwhile. The drawings read: watcher <- watched.
#include "support/kernel_module.hpp"
#include "support/many_watches.hpp"
#include "support/processor.hpp"
#include "support/slab.hpp"
#include "support/storm.hpp"
#include "support/team.hpp"
#include "support/test.hpp"
#include "support/watch_limit.hpp"

#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

#include <algorithm>
#include <ctime>
#include <mutex>
#include <optional>
#include <vector>

using namespace support;

namespace {

constexpr long no_limit = 100'000'000;
constexpr int adds = 10;
constexpr std::size_t most_sets = 2000; // a million watches

void add_all(const event_set& set, const std::vector<unique_fd>& numbers)
{
	for (const unique_fd& number : numbers)
		ASSERT_THAT(set.add(number, EPOLLIN | EPOLLET), succeeds());
}

using clock = std::chrono::steady_clock;

struct span {
	clock::time_point begin;
	clock::time_point end;
};

clock::duration length_of(const span& s) { return s.end - s.begin; }

span span_of(const std::function<void()>& body)
{
	const clock::time_point begin = clock::now();
	body();
	return {begin, clock::now()};
}

// Waits for an RCU grace period.
void await_grace_period()
{
	checked(static_cast<int>(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0)), "membarrier");
}

// One grace period after the other, all expedited.
class grace_periods {
public:
	~grace_periods() { write_word(switch_, before_); }

	// How many began and ended within the span.
	long within(const span& meanwhile)
	{
		const std::lock_guard lock{mutex_};
		return std::count_if(ended_.begin(), ended_.end(), [&](const span& one) {
			return one.begin > meanwhile.begin && one.end < meanwhile.end;
		});
	}

private:
	static constexpr auto switch_ = "/sys/kernel/rcu_expedited";

	std::string before_ = read_all(switch_);
	long hurry_ = write_word(switch_, "1");
	std::mutex mutex_;
	std::vector<span> ended_;
	repeating_thread thread_{[this] {
		const span one = span_of(await_grace_period);
		const std::lock_guard lock{mutex_};
		ended_.push_back(one);
	}};
};

class LongWalks : public device_test {
protected:
	std::optional<std::string> why_impossible() const override { return watch_limit::why_impossible(); }
	void prepare() override
	{
		may_take(120s);
		limit_.emplace(backend::myepoll);
		ASSERT_THAT(limit_->set(no_limit), succeeds());
	}
	void TearDown() override { limit_.reset(); }

private:
	std::optional<watch_limit> limit_;
};

//	top <- middle <- target -> each of many sets, under many descriptors
//
// behaviours: 111
TEST_F(LongWalks, let_grace_periods_end)
{
	const event_set top = create();
	const event_set middle = create();
	const auto numbers = many_numbers(make_eventfd(), 500);
	ASSERT_THAT(middle.add(numbers.front(), EPOLLIN), succeeds());
	const auto nest = [&] {
		const span add = span_of([&] { EXPECT_THAT(top.add(middle.fd(), EPOLLIN), succeeds()); });
		EXPECT_THAT(top.del(middle.fd()), succeeds());
		return add;
	};
	std::vector<event_set> sets;
	// Three times in a row, because a single one may just have been preempted.
	const auto takes_long = [&] { return length_of(nest()) >= 60ms; };
	while (!(takes_long() && takes_long() && takes_long()) && sets.size() < most_sets)
		for (int i = 0; i < 20; ++i)
			add_all(sets.emplace_back(create()), numbers);
	grace_periods periods;

	long ended = 0;
	for (int i = 0; i < adds; ++i)
		ended += periods.within(nest());

	// If each walk were a single RCU section, a grace period would end within only some of the ADDs, at the end of
	// the walk. On a busy machine, a grace period takes half a walk.
	EXPECT_GT(ended, adds);
}

//	above <- each inner <- target -> each of many sets, under many descriptors; the ADD of top <- middle <- target
//	walks over all of it
class crowded_target {
public:
	explicit crowded_target(backend which) : top_{which}, middle_{which}
	{
		numbers_ = many_numbers(make_eventfd(), 200);
		copies_.assign(numbers_.begin(), numbers_.end());
		add_all(flat_.emplace_back(which), numbers_);
		// Added second, because the close of the target reaches the second one last, and waits for it.
		EXPECT_THAT(middle_.add(copies_.front(), EPOLLIN), succeeds());
		for (int i = 0; i < 60; ++i) {
			add_all(flat_.emplace_back(which), numbers_);
			const event_set& above = above_.emplace_back(which);
			const event_set& inner = inner_.emplace_back(which);
			EXPECT_THAT(above.add(inner.fd(), EPOLLIN), succeeds());
			EXPECT_THAT(inner.add(copies_.front(), EPOLLIN), succeeds());
		}
	}

	void walk() const
	{
		const long result = top_.add(middle_.fd(), EPOLLIN);
		EXPECT_TRUE(result == 0 || result == -EINVAL) << result;
		top_.del(middle_.fd());
	}
	// Wherever the walk is, it stands on something that is removed here.
	void remove_from_sets()
	{
		for (std::size_t i = 0; i < flat_.size(); ++i)
			if (i % 2 == 0)
				flat_[i].close();
			else
				for (const int number : copies_)
					flat_[i].del(number);
		for (std::size_t i = 0; i < inner_.size(); ++i)
			(i % 2 == 0 ? inner_[i] : above_[i]).close();
	}
	void close() { numbers_.clear(); }
	// Call when the target is closed and no other thread uses it.
	void expect_empty_sets() const
	{
		for (std::size_t i = 1; i < flat_.size(); i += 2)
			EXPECT_THAT(fdinfo_of(flat_[i].fd()), testing::IsEmpty());
		EXPECT_THAT(fdinfo_of(middle_.fd()), testing::IsEmpty());
	}

private:
	event_set top_;
	event_set middle_;
	std::vector<event_set> flat_;
	std::vector<event_set> above_;
	std::vector<event_set> inner_;
	std::vector<unique_fd> numbers_;
	std::vector<int> copies_;
};

// A walk that is preempted by the removal of what it stands on, and does not continue before that is freed: both
// are on one CPU, which the walk gets only when nothing else runs. If the walk was preempted inside an RCU section,
// nothing is freed before it continues, so after a while it may.
class overtaken_walk {
public:
	overtaken_walk(backend which, storm& weather)
		: which_{which}, roll_{weather.next_dice()},
		  race_{weather, {[this] { walk(); }, [this] { await_freed(); }, [this] { close_target(); }}}
	{
	}

	void round()
	{
		stay_on_processor(0);
		target_.emplace(which_);
		walking_ = false;
		removed_ = false;
		freed_ = false;
		close_too_ = roll_.one_in(2);
		race_.together([this] { remove(); });
		target_->close();
		target_->expect_empty_sets();
		target_.reset();
	}

private:
	void walk()
	{
		stay_on_processor(0);
		set_policy(SCHED_IDLE);
		checked(pthread_getcpuclockid(pthread_self(), &time_of_walk_), "pthread_getcpuclockid");
		walking_ = true;
		while (!removed_)
			target_->walk();
		set_policy(SCHED_OTHER);
	}
	void remove()
	{
		await([this] { return walking_.load(); });
		// At any point of the walk.
		const timespec its_time{0, 1000 * roll_.below(3000)};
		checked(-clock_nanosleep(time_of_walk_, 0, &its_time, nullptr), "clock_nanosleep");
		target_->remove_from_sets();
		removed_ = true;
		const clock::time_point patience = clock::now() + 500ms;
		while (!freed_ && clock::now() < patience)
			asm volatile("");
		await([this] { return freed_.load(); });
	}
	void await_freed()
	{
		await([this] { return removed_.load(); });
		await_grace_period();
		await_grace_period();
		freed_ = true;
	}
	void close_target()
	{
		if (close_too_)
			target_->close();
	}
	static void set_policy(int policy)
	{
		const sched_param none{};
		checked(sched_setscheduler(0, policy, &none), "sched_setscheduler");
	}

	backend which_;
	dice roll_;
	std::optional<crowded_target> target_;
	clockid_t time_of_walk_{};
	std::atomic<bool> walking_ = false;
	std::atomic<bool> removed_ = false;
	std::atomic<bool> freed_ = false;
	bool close_too_ = false;
	team race_; // last: its threads use the members above
};

SEMANTICS_SUITE(LongWalkRaces);

// behaviours: 131, 132, 159, 163
TEST_P(LongWalkRaces, meet_the_end_of_what_they_stand_on)
{
	const slab_objects objects{GetParam()};
	storm weather;
	unsigned rounds = 0;
	{
		overtaken_walk walk{GetParam(), weather};
		for (; weather.goes_on() && !HasFailure(); ++rounds)
			walk.round();
	}
	EXPECT_TRUE(objects.are_no_more());
	weather.note(std::to_string(rounds) + " rounds");
}

} // namespace
