// SPDX-License-Identifier: GPL-2.0-only
// How many pages the rings of a user may have (the module's parameter max_user_ring_pages), and which memory cgroup they
// are charged to.
#include "support/kernel_module.hpp"
#include "support/mapped_ring.hpp"
#include "support/memory_group.hpp"
#include "support/test.hpp"
#include "support/watch_limit.hpp"

#include <sys/resource.h>

#include <deque>
#include <optional>

using namespace support;

namespace {

constexpr uid_t user = watch_limit::some_user;
constexpr uid_t neighbour = watch_limit::other_user;
constexpr __u32 small = 8; // slots of a ring of three pages
constexpr long pages = 3;
const std::string parameter = "/sys/module/myepoll/parameters/max_user_ring_pages";

class RingLimit : public device_test {
protected:
	std::optional<std::string> why_impossible() const override { return watch_limit::why_impossible(); }
	void prepare() override { before_ = read_all(parameter); }
	void TearDown() override
	{
		if (!before_.empty())
			write_word(parameter, before_);
	}
	static void set_limit(long most) { ASSERT_EQ(write_word(parameter, std::to_string(most)), 0); }
	static long ring_of(const event_set& set, __u32 slots = small)
	{
		const unique_fd ring{static_cast<int>(make_ring(set.fd(), slots))};
		return ring < 0 ? int{ring} : 0;
	}
	// Whether the user may have so many pages more, and not one.
	static bool is_left(uid_t who, long most)
	{
		std::deque<event_set> sets;
		for (long i = 0; i < most; ++i)
			if (ring_of(sets.emplace_back(create_as(who, backend::myepoll)), 0) < 0)
				return false;
		return ring_of(create_as(who, backend::myepoll), 0) == -ENOSPC;
	}

private:
	std::string before_;
};

TEST_F(RingLimit, is_4096_pages_by_default) { EXPECT_EQ(read_all(parameter), "4096\n"); }

TEST_F(RingLimit, bounds_the_pages_of_all_instances_of_a_user)
{
	set_limit(2 * pages + 1);
	const event_set first = create_as(user, backend::myepoll);
	const event_set second = create_as(user, backend::myepoll);
	event_set third = create_as(user, backend::myepoll);
	EXPECT_THAT(ring_of(first), succeeds());
	EXPECT_THAT(ring_of(second), succeeds());
	EXPECT_THAT(ring_of(third), fails_with(ENOSPC));
	EXPECT_THAT(ring_of(third, MYEPOLL_RING_MAX), fails_with(ENOSPC));
	EXPECT_THAT(ring_of(third, 0), succeeds()) << "a page is left, and the instance has no ring yet";
}

TEST_F(RingLimit, bounds_root_as_well)
{
	set_limit(0);
	const event_set set = create();
	EXPECT_THAT(ring_of(set, 0), fails_with(ENOSPC));
	EXPECT_THAT(set.wait(1ms), delivers_nothing()) << "it has no ring";
}

TEST_F(RingLimit, is_that_of_the_user_who_created_the_instance)
{
	set_limit(pages);
	const event_set set = create_as(user, backend::myepoll);
	const event_set other = create_as(neighbour, backend::myepoll);
	as_user(neighbour, [&] { EXPECT_THAT(ring_of(set), succeeds()); });
	EXPECT_TRUE(is_left(user, 0));
	EXPECT_THAT(ring_of(other), succeeds()) << "others have their own";
	EXPECT_THAT(ring_of(create()), succeeds());
}

// behaviours: 143
TEST_F(RingLimit, gets_the_pages_back_when_instance_descriptor_and_mapping_are_gone)
{
	set_limit(pages);
	const event_set other = create_as(user, backend::myepoll); // or the whole account would go
	for (const int last : {0, 1, 2}) {
		event_set set = create_as(user, backend::myepoll);
		std::optional<mapped_ring> mapping{std::in_place, set, small};
		unique_fd descriptor = duplicate(mapping->fd());
		mapping->close();
		const auto drop = [&](int which) {
			which == 0 ? set.close() : which == 1 ? descriptor.close() : mapping.reset();
		};
		drop((last + 1) % 3);
		drop((last + 2) % 3);
		EXPECT_TRUE(is_left(user, 0)) << last;
		drop(last);
		EXPECT_TRUE(soon([] { return is_left(user, pages); })) << last;
	}
}

TEST_F(RingLimit, is_not_touched_by_a_call_that_fails)
{
	set_limit(2 * pages);
	const event_set set = create_as(user, backend::myepoll);
	ASSERT_THAT(ring_of(set), succeeds());
	EXPECT_THAT(ring_of(set), fails_with(EEXIST));
	const event_set busy = create_as(user, backend::myepoll);
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(busy.add(counter, EPOLLIN), succeeds());
	EXPECT_THAT(ring_of(busy), fails_with(EBUSY));
	EXPECT_THAT(ring_of(busy, 3), fails_with(EINVAL));
	const int lowest = duplicate(counter);
	::close(lowest);
	rlimit before{};
	getrlimit(RLIMIT_NOFILE, &before);
	const rlimit full{static_cast<rlim_t>(lowest), before.rlim_max};
	setrlimit(RLIMIT_NOFILE, &full);
	EXPECT_THAT(ring_of(busy), fails_with(EMFILE));
	setrlimit(RLIMIT_NOFILE, &before);
	EXPECT_TRUE(soon([] { return is_left(user, pages); }));
}

TEST_F(RingLimit, does_not_concern_rings_that_are_there)
{
	const event_set set = create_as(user, backend::myepoll);
	mapped_ring ring{set, small};
	set_limit(0);
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(ring.add(counter, EPOLLIN | EPOLLET), succeeds());
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
}

class RingCharge : public device_test {
	std::optional<std::string> why_impossible() const override { return memory_group::why_impossible(); }
};

// behaviours: 161
TEST_F(RingCharge, is_borne_by_who_makes_the_ring_and_given_back_with_it)
{
	may_take(60s);
	constexpr int rings = 8;
	// The slots, and a pointer for each; counters are charged in advance.
	constexpr long least_bytes = long{rings} * MYEPOLL_RING_MAX * (16 + 8);
	const memory_group group;
	std::deque<event_set> sets;
	for (int i = 0; i < rings; ++i)
		sets.push_back(create());

	EXPECT_EQ(in_child([&] {
			  group.enter();
			  const long before = group.charged();
			  for (const event_set& set : sets)
				  EXPECT_GE(make_ring(set.fd(), MYEPOLL_RING_MAX), 0);
			  EXPECT_GE(group.charged() - before, least_bytes);
		  }),
		  0);

	EXPECT_GE(group.charged(), least_bytes) << "the rings outlive the process that made them";
	sets.clear();
	await([&] { return group.charged() < least_bytes / 2; });
}

} // namespace
