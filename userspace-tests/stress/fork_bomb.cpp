// SPDX-License-Identifier: GPL-2.0-only
// A user whose processes do nothing but fork, create sets and watch whatever they can: the user gets no more
// than allowed, and all of it is freed when the processes are killed.
#include "support/memory_group.hpp"
#include "support/shared_page.hpp"
#include "support/slab.hpp"
#include "support/storm.hpp"
#include "support/test.hpp"
#include "support/watch_limit.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <deque>

using namespace support;

namespace {

constexpr uid_t intruder = watch_limit::other_user;
constexpr long most_processes = 20;
constexpr int numbers = 100;
constexpr long most_watched = 3000;
constexpr long no_limit = 100'000'000;
constexpr long most_bytes = 24 << 20;

struct tally {
	std::atomic<long> added = 0;
	std::atomic<long> refused = 0;
	std::atomic<long> other_errors = 0;
};

class ForkBomb : public semantics_test {
protected:
	std::optional<std::string> why_impossible() const override { return memory_group::why_impossible(); }
	void prepare() override { limit_.emplace(GetParam()); }
	void TearDown() override { limit_.reset(); }

	void allow(long watched) { ASSERT_THAT(limit_->set(watched), succeeds()); }
	[[noreturn]] void explode(const memory_group& group) const;
	void expect_nothing_is_charged() const;

	const shared_page<tally> sum_;

private:
	void watch_what_goes(int set) const;

	std::optional<watch_limit> limit_;
};

SEMANTICS_INSTANCES(ForkBomb);

void ForkBomb::watch_what_goes(int set) const
{
	epoll_event event{};
	event.events = EPOLLIN;
	for (int i = 0; i < numbers; ++i) {
		const long result = raw::ctl(GetParam(), set, EPOLL_CTL_ADD, i, &event);
		if (result == 0)
			++sum_->added;
		else if (result == -ENOSPC || result == -ENOMEM)
			++sum_->refused;
		else
			++sum_->other_errors;
		if (result != 0)
			return;
	}
}

// Only for a child: changes the user and replaces descriptors.
void ForkBomb::explode(const memory_group& group) const
{
	group.enter();
	const rlimit processes{most_processes, most_processes};
	setrlimit(RLIMIT_NPROC, &processes);
	if (setresuid(intruder, intruder, intruder) < 0)
		_exit(1);
	const int counter = make_eventfd(1).release();
	for (int i = 0; i < numbers; ++i)
		dup2(counter, i);
	for (;;) {
		const long set = raw::create(GetParam(), EPOLL_CLOEXEC);
		if (set >= 0)
			watch_what_goes(static_cast<int>(set));
		(void)!fork();
	}
}

void ForkBomb::expect_nothing_is_charged() const
{
	const event_set set = create_as(intruder, GetParam());
	std::deque<unique_fd> targets;
	long added = 0;
	while (set.add(targets.emplace_back(make_eventfd()), EPOLLIN) == 0)
		++added;
	EXPECT_EQ(added, numbers);
}

// behaviours: 139, 140, 142, 143
TEST_P(ForkBomb, watches_no_more_than_its_user_may)
{
	allow(most_watched);
	const slab_objects objects{GetParam()};
	storm weather;
	long most = 0;
	for (; weather.goes_on() && !HasFailure(); sum_->added = 0) {
		const memory_group group;
		const child_process bomb{[&] { explode(group); }};
		const long refused = sum_->refused;
		await([&] { return sum_->refused > refused + 10 * most_processes; });
		// Read before the first of them dies and makes room for others.
		most = std::max(most, sum_->added.load());
	}
	weather.note(std::to_string(most) + " watched at most, " + std::to_string(sum_->refused) + " refused");
	EXPECT_GE(most, most_watched - most_processes);
	// One more may be in the middle of a fork that will fail.
	EXPECT_LE(most, most_watched + most_processes + 1);
	EXPECT_EQ(sum_->other_errors, 0);
	EXPECT_TRUE(objects.are_no_more());
	allow(numbers);
	expect_nothing_is_charged();
}

// behaviours: 161
TEST_P(ForkBomb, watches_no_more_than_its_memory_group_holds)
{
	allow(no_limit);
	const slab_objects objects{GetParam()};
	storm weather;
	long most = 0;
	long rounds = 0;
	for (; weather.goes_on() && !HasFailure(); ++rounds) {
		const memory_group group;
		group.limit(most_bytes);
		const child_process bomb{[&] { explode(group); }};
		await([&] {
			most = std::max(most, objects.added_bytes());
			return group.kills() > 0;
		});
		EXPECT_LE(group.charged(), most_bytes);
	}
	weather.note(std::to_string(sum_->added) + " watched in " + std::to_string(rounds) + " rounds, " +
		     std::to_string(most >> 10) + " KiB at most");
	EXPECT_LE(most, most_bytes);
	EXPECT_EQ(sum_->other_errors, 0);
	EXPECT_TRUE(objects.are_no_more());
	allow(numbers);
	expect_nothing_is_charged();
}

} // namespace
