// SPDX-License-Identifier: GPL-2.0-only
// How many targets a user may watch, and which user is charged for them.
#include "support/kernel_module.hpp"
#include "support/processor.hpp"
#include "support/test.hpp"
#include "support/watch_limit.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/sysinfo.h>

#include <climits>
#include <deque>

using namespace support;

namespace {

constexpr uid_t some_user = watch_limit::some_user;
constexpr uid_t other_user = watch_limit::other_user;

class Quota : public semantics_test {
protected:
	std::optional<std::string> why_impossible() const override { return watch_limit::why_impossible(); }
	void prepare() override
	{
		limit_.emplace(GetParam());
	}
	void TearDown() override
	{
		targets_.clear();
		limit_.reset();
	}

	const watch_limit& limit() const { return *limit_; }
	event_set create_as(uid_t user) const { return support::create_as(user, GetParam()); }
	// A target that lives as long as the test.
	const unique_fd& target() { return targets_.emplace_back(make_eventfd()); }
	long add_one(const event_set& set) { return set.add(target(), EPOLLIN); }
	// Adds targets up to the limit and returns how many.
	int fill(const event_set& set)
	{
		int count = 0;
		while (add_one(set) == 0)
			++count;
		EXPECT_THAT(add_one(set), fails_with(ENOSPC));
		return count;
	}

private:
	std::optional<watch_limit> limit_;
	std::deque<unique_fd> targets_;
};

SEMANTICS_INSTANCES(Quota);

// behaviours: 142
TEST_P(Quota, is_for_all_instances_of_a_user_together)
{
	const event_set first = create_as(some_user);
	const event_set second = create_as(some_user);
	ASSERT_THAT(limit().set(5), succeeds());

	ASSERT_THAT(add_one(first), succeeds());
	ASSERT_THAT(add_one(first), succeeds());
	EXPECT_EQ(fill(second), 3);
	EXPECT_THAT(add_one(first), fails_with(ENOSPC));
}

// behaviours: 140
TEST_P(Quota, charges_the_creator_whoever_adds)
{
	const event_set shared = create_as(some_user);
	ASSERT_THAT(limit().set(2), succeeds());
	EXPECT_EQ(fill(shared), 2) << "root adds";

	as_user(other_user, [&] {
		EXPECT_THAT(add_one(shared), fails_with(ENOSPC));
		const event_set own = create();
		EXPECT_EQ(fill(own), 2);
	});
	const event_set of_root = create();
	EXPECT_THAT(add_one(of_root), succeeds());
}

// behaviours: 140
TEST_P(Quota, charges_the_creator_whoever_removes)
{
	const event_set shared = create_as(some_user);
	ASSERT_THAT(limit().set(1), succeeds());
	const unique_fd& counter = target();
	ASSERT_THAT(shared.add(counter, EPOLLIN), succeeds());

	as_user(other_user, [&] { EXPECT_THAT(shared.del(counter), succeeds()); });

	EXPECT_EQ(fill(shared), 1);
}

// behaviours: 141
TEST_P(Quota, is_for_root_too)
{
	const event_set set = create();
	ASSERT_THAT(limit().set(0), succeeds());
	EXPECT_THAT(add_one(set), fails_with(ENOSPC));
}

// behaviours: 141
TEST_P(Quota, is_the_same_in_every_user_namespace)
{
	const event_set outside = create_as(some_user);
	ASSERT_THAT(limit().set(1), succeeds());
	ASSERT_THAT(add_one(outside), succeeds());

	child_process inside{[&] {
		checked(setresuid(some_user, some_user, some_user), "setresuid");
		checked(unshare(CLONE_NEWUSER), "unshare");
		const event_set set = create();
		EXPECT_THAT(set.add(make_eventfd(), EPOLLIN), fails_with(ENOSPC));
	}};
	inside.join();
}

// behaviours: 23, 141
TEST_P(Quota, of_zero_forbids_add_and_nothing_else)
{
	const event_set set = create_as(some_user);
	const unique_fd& counter = target();
	signal_eventfd(counter);
	ASSERT_THAT(set.add(counter, EPOLLOUT), succeeds());

	ASSERT_THAT(limit().set(0), succeeds());

	EXPECT_THAT(add_one(set), fails_with(ENOSPC));
	EXPECT_THAT(set.mod(counter, EPOLLIN), succeeds());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
	EXPECT_THAT(set.del(counter), succeeds());
	EXPECT_THAT(set.add(counter, EPOLLIN), fails_with(ENOSPC));
}

// behaviours: 10, 23
TEST_P(Quota, comes_after_all_other_checks_of_arguments)
{
	const event_set outer = create();
	const event_set inner = create();
	const unique_fd& counter = target();
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(limit().set(0), succeeds());

	EXPECT_THAT(outer.add(counter, EPOLLIN), fails_with(EEXIST));
	EXPECT_THAT(inner.add(outer.fd(), EPOLLIN), fails_with(ELOOP));
	EXPECT_THAT(outer.add(outer.fd(), EPOLLIN), fails_with(EINVAL));
	EXPECT_THAT(inner.add(counter, EPOLLPRI | EPOLLEXCLUSIVE), fails_with(EINVAL));
	EXPECT_THAT(inner.add(open_file("/dev/null", O_RDONLY), EPOLLIN), fails_with(EPERM));
	EXPECT_THAT(inner.mod(counter, EPOLLIN), fails_with(ENOENT));
	EXPECT_THAT(inner.del(counter), fails_with(ENOENT));
	EXPECT_THAT(inner.add(counter, EPOLLIN), fails_with(ENOSPC));
}

// behaviours: 142
TEST_P(Quota, is_given_back_by_del)
{
	const event_set set = create_as(some_user);
	const unique_fd& counter = target();
	ASSERT_THAT(limit().set(1), succeeds());
	for (int i = 0; i < 100; ++i) {
		ASSERT_THAT(set.add(counter, EPOLLIN), succeeds()) << i;
		ASSERT_THAT(set.del(counter), succeeds()) << i;
	}
}

// behaviours: 142
TEST_P(Quota, is_given_back_when_a_target_is_closed)
{
	const event_set set = create_as(some_user);
	ASSERT_THAT(limit().set(3), succeeds());
	unique_fd counter = make_eventfd();
	unique_fd again = duplicate(counter);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(set.add(again, EPOLLIN), succeeds());
	ASSERT_EQ(fill(set), 1);

	counter.close();
	ASSERT_THAT(add_one(set), fails_with(ENOSPC));
	again.close();

	EXPECT_EQ(fill(set), 2);
}

// behaviours: 142
TEST_P(Quota, is_given_back_when_an_instance_is_closed)
{
	const event_set other = create_as(some_user);
	ASSERT_THAT(limit().set(5), succeeds());
	event_set set = create_as(some_user);
	ASSERT_EQ(fill(set), 5);
	ASSERT_THAT(add_one(other), fails_with(ENOSPC));

	set.close();

	EXPECT_EQ(fill(other), 5);
}

//	outer <- inner
//
// behaviours: 142
TEST_P(Quota, counts_a_nested_instance_as_one_target)
{
	const event_set outer = create_as(some_user);
	event_set inner = create_as(some_user);
	ASSERT_THAT(limit().set(2), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());
	ASSERT_EQ(fill(inner), 1);

	inner.close();

	EXPECT_EQ(fill(outer), 2);
}

//	11 outer instances <- chain of four: one path too many for a target at its end
//
// behaviours: 25, 142
TEST_P(Quota, is_not_used_up_by_adds_that_fail)
{
	std::deque<event_set> chain;
	for (int i = 0; i < 5; ++i) {
		chain.push_back(create_as(some_user));
		if (i > 0)
			checked(static_cast<int>(chain[chain.size() - 2].add(chain.back().fd(), EPOLLIN)),
				"nest");
	}
	std::deque<event_set> others;
	for (int i = 0; i < 10; ++i) {
		others.push_back(create());
		ASSERT_THAT(others.back().add(chain[1].fd(), EPOLLIN), succeeds());
	}
	const unique_fd& counter = target();
	ASSERT_THAT(limit().set(4 + 1), succeeds());

	for (int i = 0; i < 50; ++i) {
		ASSERT_THAT(chain.back().add(counter, EPOLLIN), fails_with(EINVAL));
		ASSERT_THAT(chain.back().add(chain.front().fd(), EPOLLIN), fails_with(ELOOP));
		ASSERT_THAT(chain.front().add(chain[1].fd(), EPOLLIN), fails_with(EEXIST));
	}

	EXPECT_EQ(fill(chain.front()), 1);
}

// behaviours: 143
TEST_P(Quota, is_exact_when_adds_come_from_all_processors)
{
	may_take(60s);
	constexpr int most = 300;
	const event_set set = create_as(some_user);
	ASSERT_THAT(limit().set(most), succeeds());
	const int processors = get_nprocs();
	int added = 0;
	for (;; ++added) {
		stay_on_processor(added % processors);
		if (add_one(set) != 0)
			break;
	}
	EXPECT_EQ(added, most);
}

// behaviours: 141
TEST_P(Quota, is_a_number_that_is_not_negative)
{
	const long before = watch_limit::get(GetParam());
	for (const char* const bad : {"-1", "-9223372036854775808", "many", "9223372036854775808"})
		EXPECT_THAT(limit().set(bad), testing::Not(succeeds())) << bad;
	EXPECT_THAT(limit().set("-1"), fails_with(EINVAL));
	EXPECT_EQ(watch_limit::get(GetParam()), before);
	for (const long good : {0L, 1L, LONG_MAX}) {
		EXPECT_THAT(limit().set(good), succeeds()) << good;
		EXPECT_EQ(watch_limit::get(GetParam()), good);
	}
}

// behaviours: 141
TEST_P(Quota, is_for_root_to_set_and_for_all_to_read)
{
	as_user(some_user, [&] {
		EXPECT_THAT(limit().set(LONG_MAX), fails_with(EACCES));
		EXPECT_GE(watch_limit::get(GetParam()), 0);
	});
}

// The memory that the default limit assumes for one watched target.
double bytes_a_watch(backend which)
{
	return which == backend::epoll ? 192 : 160;
}

// behaviours: 139
TEST_P(Quota, is_what_fills_a_twenty_fifth_of_memory_by_default)
{
	struct sysinfo machine {};
	ASSERT_EQ(sysinfo(&machine), 0);
	const double memory = static_cast<double>(machine.totalram) * machine.mem_unit;

	const double bytes = bytes_a_watch(GetParam()) * static_cast<double>(watch_limit::get(GetParam()));

	EXPECT_NEAR(bytes / memory, 0.04, 0.002);
}

} // namespace
