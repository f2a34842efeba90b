// SPDX-License-Identifier: GPL-2.0-only
// Limits on nesting: no cycles, chains of at most five instances, and a limited number of paths up
// from a target. The drawings read: watcher <- watched.
#include "support/storm.hpp"
#include "support/test.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <climits>
#include <deque>
#include <functional>
#include <map>

using namespace support;

namespace {

SEMANTICS_SUITE(NestingLimits);

using sets = std::deque<event_set>;

void allow_many_descriptors()
{
	rlimit limit{};
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

// chain[0] <- chain[1] <- ..
sets make_chain(backend which, int length)
{
	sets chain;
	for (int i = 0; i < length; ++i) {
		chain.emplace_back(which);
		if (i > 0)
			checked(static_cast<int>(chain[chain.size() - 2].add(chain.back().fd(), EPOLLIN)),
				"nest");
	}
	return chain;
}

//	a <- b, b <- a: refused
//
// behaviours: 108
TEST_P(NestingLimits, two_instances_cannot_watch_each_other)
{
	const event_set a = create();
	const event_set b = create();
	const unique_fd a_again = duplicate(a.fd());
	ASSERT_THAT(a.add(b.fd(), EPOLLIN), succeeds());

	EXPECT_THAT(b.add(a.fd(), EPOLLIN), fails_with(ELOOP));
	EXPECT_THAT(b.add(a_again, EPOLLIN), fails_with(ELOOP));
	EXPECT_THAT(b.del(a.fd()), fails_with(ENOENT));
	ASSERT_THAT(a.del(b.fd()), succeeds());
	EXPECT_THAT(b.add(a.fd(), EPOLLIN), succeeds());
}

//	a <- b <- c, c <- a: refused
//
// behaviours: 108
TEST_P(NestingLimits, three_instances_cannot_be_a_circle)
{
	const sets chain = make_chain(GetParam(), 3);

	EXPECT_THAT(chain[2].add(chain[0].fd(), EPOLLIN), fails_with(ELOOP));
	EXPECT_THAT(chain[0].add(chain[2].fd(), EPOLLIN), succeeds()) << "a shortcut";
	EXPECT_THAT(chain[2].add(chain[0].fd(), EPOLLIN), fails_with(ELOOP));
}

//	outer <- branches[0], .. branches[9]
//
// behaviours: 108, 110
TEST_P(NestingLimits, a_circle_is_found_on_any_branch)
{
	const event_set outer = create();
	sets branches;
	for (int i = 0; i < 10; ++i) {
		branches.push_back(create());
		ASSERT_THAT(outer.add(branches.back().fd(), EPOLLIN), succeeds());
	}
	for (const event_set& branch : branches)
		EXPECT_THAT(branch.add(outer.fd(), EPOLLIN), fails_with(ELOOP));
}

// behaviours: 109, 110
TEST_P(NestingLimits, a_chain_grows_downwards_to_five)
{
	sets chain = make_chain(GetParam(), 5);

	for (int i = 0; i < 15; ++i) {
		const event_set next = create();
		EXPECT_THAT(chain.back().add(next.fd(), EPOLLIN), fails_with(ELOOP));
		EXPECT_THAT(chain.back().del(next.fd()), fails_with(ENOENT));
	}
}

// behaviours: 109
TEST_P(NestingLimits, a_chain_grows_upwards_to_five)
{
	sets chain;
	chain.push_back(create());
	for (int i = 1; i < 5; ++i) {
		chain.push_front(create());
		ASSERT_THAT(chain[0].add(chain[1].fd(), EPOLLIN), succeeds()) << i;
	}
	const event_set sixth = create();
	EXPECT_THAT(sixth.add(chain.front().fd(), EPOLLIN), fails_with(ELOOP));
	EXPECT_THAT(sixth.add(chain[1].fd(), EPOLLIN), succeeds());
}

// behaviours: 109
TEST_P(NestingLimits, chains_are_joined_up_to_five)
{
	for (int upper = 1; upper <= 5; ++upper)
		for (int lower = 1; lower <= 5; ++lower) {
			const sets above = make_chain(GetParam(), upper);
			const sets below = make_chain(GetParam(), lower);
			EXPECT_THAT(above.back().add(below.front().fd(), EPOLLIN),
				    returns(upper + lower <= 5 ? 0 : -ELOOP))
				<< upper << " over " << lower;
		}
}

//	a chain of 3 and a single instance above middle, a chain of 2 below it
//
// behaviours: 109, 110
TEST_P(NestingLimits, the_longest_branch_counts_in_both_directions)
{
	const sets above = make_chain(GetParam(), 3);
	const sets below = make_chain(GetParam(), 2);
	const sets single = make_chain(GetParam(), 1);
	const event_set middle = create();
	ASSERT_THAT(single[0].add(middle.fd(), EPOLLIN), succeeds());
	ASSERT_THAT(above.back().add(middle.fd(), EPOLLIN), succeeds());

	EXPECT_THAT(middle.add(below.front().fd(), EPOLLIN), fails_with(ELOOP));
	EXPECT_THAT(middle.add(below.back().fd(), EPOLLIN), succeeds());
	ASSERT_THAT(above.back().del(middle.fd()), succeeds());
	EXPECT_THAT(middle.add(below.front().fd(), EPOLLIN), succeeds());
	EXPECT_THAT(above.back().add(middle.fd(), EPOLLIN), fails_with(ELOOP));
}

// behaviours: 109
TEST_P(NestingLimits, a_plain_target_goes_below_the_longest_chain)
{
	const sets chain = make_chain(GetParam(), 5);
	const unique_fd counter = make_eventfd(1);

	EXPECT_THAT(chain.back().add(counter, EPOLLIN), succeeds());
	EXPECT_THAT(chain.front().wait(), delivers({{EPOLLIN, chain[1].fd()}}));
}

// behaviours: 109
TEST_P(NestingLimits, a_chain_that_was_taken_apart_can_be_put_together_otherwise)
{
	sets chain = make_chain(GetParam(), 5);
	const event_set other = create();
	ASSERT_THAT(other.add(chain.front().fd(), EPOLLIN), fails_with(ELOOP));

	chain.pop_back();
	EXPECT_THAT(other.add(chain.front().fd(), EPOLLIN), succeeds());
	ASSERT_THAT(chain[0].del(chain[1].fd()), succeeds());
	EXPECT_THAT(chain[3].add(other.fd(), EPOLLIN), succeeds());
}

struct ways_row {
	int storeys; // instances below the outermost ones
	int limit;
};

constexpr ways_row ways_rows[] = {{1, 500}, {2, 100}, {3, 50}, {4, 10}};

//	row.limit outer instances <- chain of row.storeys instances <- counter
//
// behaviours: 25, 111
TEST_P(NestingLimits, so_many_ways_lead_up_from_a_target)
{
	may_take(60s);
	allow_many_descriptors();
	for (const ways_row& row : ways_rows) {
		const sets chain = make_chain(GetParam(), row.storeys);
		const unique_fd counter = make_eventfd(1);
		ASSERT_THAT(chain.back().add(counter, EPOLLIN), succeeds());
		sets outers;
		for (int i = 0; i < row.limit; ++i) {
			outers.push_back(create());
			ASSERT_THAT(outers.back().add(chain.front().fd(), EPOLLIN), succeeds()) << i;
		}

		const event_set one_more = create();
		EXPECT_THAT(one_more.add(chain.front().fd(), EPOLLIN), fails_with(EINVAL));
		EXPECT_THAT(one_more.del(chain.front().fd()), fails_with(ENOENT));
		EXPECT_THAT(one_more.wait(), delivers_nothing());
		outers.pop_front();
		EXPECT_THAT(one_more.add(chain.front().fd(), EPOLLIN), succeeds());
		EXPECT_THAT(one_more.wait(), delivers({{EPOLLIN, chain.front().fd()}}));
	}
}

//	row.limit + 1 outer instances <- chain of row.storeys instances; then a target below it
//
// behaviours: 25, 111
TEST_P(NestingLimits, a_target_does_not_go_below_too_many_ways)
{
	may_take(60s);
	allow_many_descriptors();
	for (const ways_row& row : ways_rows) {
		const sets chain = make_chain(GetParam(), row.storeys);
		const unique_fd counter = make_eventfd(1);
		sets outers;
		for (int i = 0; i <= row.limit; ++i) {
			outers.push_back(create());
			ASSERT_THAT(outers.back().add(chain.front().fd(), EPOLLIN), succeeds()) << i;
		}

		EXPECT_THAT(chain.back().add(counter, EPOLLIN), fails_with(EINVAL));
		EXPECT_THAT(chain.back().del(counter), fails_with(ENOENT));
		EXPECT_THAT(fdinfo_of(chain.back().fd()), testing::IsEmpty());
		EXPECT_THAT(outers.back().wait(), delivers_nothing());
		ASSERT_THAT(outers.back().del(chain.front().fd()), succeeds());
		EXPECT_THAT(chain.back().add(counter, EPOLLIN), succeeds());
	}
}

// behaviours: 111
TEST_P(NestingLimits, any_number_of_instances_watch_a_target_directly)
{
	may_take(60s);
	allow_many_descriptors();
	const unique_fd counter = make_eventfd();
	sets watchers;
	for (int i = 0; i < 1500; ++i) {
		watchers.push_back(create());
		ASSERT_THAT(watchers.back().add(counter, EPOLLIN), succeeds()) << i;
	}

	signal_eventfd(counter);

	for (const event_set& set : watchers)
		ASSERT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
}

//	300 outer instances <- inner <- counter, by two descriptors
//
// behaviours: 112
TEST_P(NestingLimits, each_registration_of_a_target_is_a_way)
{
	may_take(60s);
	const event_set inner = create();
	sets outers;
	for (int i = 0; i < 300; ++i) {
		outers.push_back(create());
		ASSERT_THAT(outers.back().add(inner.fd(), EPOLLIN), succeeds());
	}
	const unique_fd counter = make_eventfd();
	const unique_fd counter_again = duplicate(counter);
	const unique_fd other = make_eventfd();

	EXPECT_THAT(inner.add(counter, EPOLLIN), succeeds());
	EXPECT_THAT(inner.add(counter_again, EPOLLIN), fails_with(EINVAL));
	EXPECT_THAT(inner.add(other, EPOLLIN), succeeds());
	ASSERT_THAT(inner.del(counter), succeeds());
	EXPECT_THAT(inner.add(counter_again, EPOLLIN), succeeds());
}

//	outer <- inner, by 501 descriptors, <- counter
//
// behaviours: 112
TEST_P(NestingLimits, each_registration_of_an_inner_instance_is_a_way)
{
	may_take(60s);
	allow_many_descriptors();
	const event_set outer = create();
	const event_set inner = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	std::vector<unique_fd> numbers;
	for (int i = 0; i < 500; ++i) {
		numbers.push_back(duplicate(inner.fd()));
		ASSERT_THAT(outer.add(numbers.back(), EPOLLIN), succeeds()) << i;
	}

	EXPECT_THAT(outer.add(inner.fd(), EPOLLIN), fails_with(EINVAL));
	EXPECT_THAT(outer.add(numbers.front(), EPOLLIN), fails_with(EEXIST));
}

//	11 outer instances <- top <- chain[0] <- chain[1] <- chain[2]: 11 paths are allowed for a
//	target in chain[0], but one too many for a target in chain[2]
//
// behaviours: 25, 111
TEST_P(NestingLimits, all_targets_below_a_new_inner_instance_are_counted)
{
	const event_set top = create();
	sets outers;
	for (int i = 0; i < 11; ++i) {
		outers.push_back(create());
		ASSERT_THAT(outers.back().add(top.fd(), EPOLLIN), succeeds());
	}
	const sets chain = make_chain(GetParam(), 3);
	const unique_fd high = make_eventfd(1);
	const unique_fd low = make_eventfd(1);
	ASSERT_THAT(chain.front().add(high, EPOLLIN), succeeds());
	ASSERT_THAT(top.add(chain.front().fd(), EPOLLIN), succeeds());
	ASSERT_THAT(top.del(chain.front().fd()), succeeds());

	ASSERT_THAT(chain.back().add(low, EPOLLIN), succeeds());

	EXPECT_THAT(top.add(chain.front().fd(), EPOLLIN), fails_with(EINVAL));
	EXPECT_THAT(top.del(chain.front().fd()), fails_with(ENOENT));
	EXPECT_THAT(outers.back().wait(), delivers_nothing());
}

// behaviours: 10, 23
TEST_P(NestingLimits, errors_come_in_one_order)
{
	const sets chain = make_chain(GetParam(), 2);
	const event_set& outer = chain[0];
	const event_set& inner = chain[1];

	EXPECT_THAT(inner.add(outer.fd(), EPOLLIN | EPOLLEXCLUSIVE), fails_with(EINVAL))
		<< "EXCLUSIVE before ELOOP";
	EXPECT_THAT(outer.add(inner.fd(), EPOLLIN | EPOLLEXCLUSIVE), fails_with(EINVAL))
		<< "EXCLUSIVE before EEXIST";
	EXPECT_THAT(inner.ctl(EPOLL_CTL_ADD, outer.fd(), nullptr), fails_with(EFAULT));
	EXPECT_THAT(inner.mod(outer.fd(), EPOLLIN), fails_with(ENOENT)) << "MOD makes no cycle";
	EXPECT_THAT(inner.del(outer.fd()), fails_with(ENOENT)) << "nor does DEL";
	epoll_event event{};
	EXPECT_THAT(inner.ctl(99, outer.fd(), &event), fails_with(EINVAL)) << "nor an unknown op";
	EXPECT_THAT(outer.add(inner.fd(), EPOLLIN), fails_with(EEXIST));
}

// Predicts the result of each ADD and DEL from the rules alone. The first nodes are instances, the
// others plain targets.
class model {
public:
	model(int instances, int targets) : instances_{instances}, below_(index(instances + targets)) {}

	long add(int outer, int inner)
	{
		if (outer == inner)
			return -EINVAL;
		if (is_instance(inner) &&
		    (reaches(inner, outer) || down(inner) + 1 + up(outer) > most_steps))
			return -ELOOP;
		if (has(outer, inner))
			return -EEXIST;
		const bool may_be_one_too_many = is_instance(inner) || up(outer) > 0;
		below_[index(outer)].push_back(inner);
		if (!may_be_one_too_many || few_ways_up_from_all_below(inner))
			return 0;
		below_[index(outer)].pop_back();
		return -EINVAL;
	}
	long del(int outer, int inner)
	{
		if (outer == inner)
			return -EINVAL;
		return std::erase(below_[index(outer)], inner) > 0 ? 0 : -ENOENT;
	}

private:
	static constexpr int most_steps = 4;
	static constexpr int most_ways[] = {INT_MAX, 500, 100, 50, 10};
	using ways = std::array<int, most_steps + 1>;

	static std::size_t index(int i) { return static_cast<std::size_t>(i); }
	bool is_instance(int i) const { return i < instances_; }
	bool has(int outer, int inner) const
	{
		const auto& list = below_[index(outer)];
		return std::find(list.begin(), list.end(), inner) != list.end();
	}
	bool reaches(int from, int to) const
	{
		const auto& list = below_[index(from)];
		return from == to || std::any_of(list.begin(), list.end(),
						 [&](int next) { return reaches(next, to); });
	}
	int down(int from) const
	{
		int steps = 0;
		for (const int next : below_[index(from)])
			if (is_instance(next))
				steps = std::max(steps, 1 + down(next));
		return steps;
	}
	int up(int from) const
	{
		int steps = 0;
		for (int above = 0; above < instances_; ++above)
			if (has(above, from))
				steps = std::max(steps, 1 + up(above));
		return steps;
	}
	void count_ways_up(int from, int steps, ways& found) const
	{
		bool watched = false;
		for (int above = 0; above < instances_; ++above)
			if (has(above, from)) {
				watched = true;
				count_ways_up(above, steps + 1, found);
			}
		if (!watched && steps >= 0)
			++found[index(steps)];
	}
	bool few_ways_up_from_all_below(int from) const
	{
		if (is_instance(from)) {
			const auto& list = below_[index(from)];
			return std::all_of(list.begin(), list.end(),
					   [this](int next) { return few_ways_up_from_all_below(next); });
		}
		ways found{};
		count_ways_up(from, -1, found);
		return std::equal(found.begin(), found.end(), most_ways, std::less_equal{});
	}

	int instances_;
	std::vector<std::vector<int>> below_;
};

// behaviours: 17, 108, 109, 110, 111
TEST_P(NestingLimits, every_answer_follows_from_the_rules)
{
	constexpr unsigned count = 14;
	constexpr unsigned counters = 4;
	constexpr unsigned steps = 2000;
	storm weather; // for its seed
	dice roll = weather.next_dice();
	sets instances;
	std::vector<unique_fd> targets;
	for (unsigned i = 0; i < count; ++i)
		instances.push_back(create());
	for (unsigned i = 0; i < counters; ++i)
		targets.push_back(make_eventfd());
	model rules{count, counters};
	std::map<long, unsigned> answers;
	for (unsigned step = 0; step < steps; ++step) {
		const auto outer = static_cast<int>(roll.below(count));
		const auto inner = static_cast<int>(roll.below(count + counters));
		const bool adds = roll.below(5) > 0;
		const event_set& set = instances[static_cast<std::size_t>(outer)];
		const int target = inner < static_cast<int>(count)
					   ? instances[static_cast<std::size_t>(inner)].fd()
					   : targets[static_cast<std::size_t>(inner) - count];
		const long expected = adds ? rules.add(outer, inner) : rules.del(outer, inner);
		ASSERT_THAT(adds ? set.add(target, EPOLLIN) : set.del(target), returns(expected))
			<< "step " << step << ": " << outer << (adds ? " <- " : " -x- ") << inner;
		answers[outer == inner ? 1 : expected]++;
	}
	for (const long answer : {0, -ELOOP, -EEXIST, -ENOENT, -EINVAL})
		EXPECT_GT(answers[answer], 0U) << answer;
}

} // namespace
