// SPDX-License-Identifier: GPL-2.0-only
// WAKEUP: an event that has not been fetched keeps the system awake. Each such item has a wakeup
// source named after its target, and each instance with such items has one more.
#include "support/polled_file.hpp"
#include "support/test.hpp"
#include "support/wakeup_source.hpp"
#include "support/watch_limit.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <cstdio>

using namespace support;

namespace {

constexpr std::uint32_t wakeup = EPOLLWAKEUP;
constexpr std::uint32_t reported = EPOLLERR | EPOLLHUP;

class Wakeup : public semantics_test {
protected:
	std::optional<std::string> why_impossible() const override { return wakeup_sources::why_impossible(); }
	void prepare() override
	{
		fifo_ = make_named(name());
		shared_before_ = wakeup_sources::count(shared_name());
	}
	void TearDown() override { fifo_.close(); }

	// A FIFO with a unique name, so that its wakeup source can be counted by name.
	const unique_fd& fifo() const { return fifo_; }
	unique_fd& fifo() { return fifo_; }
	static std::string name() { return "myepoll-test-fifo"; }
	int sources() const { return wakeup_sources::count(name()); }
	bool active() const { return wakeup_sources::count_active(name()) > 0; }

	std::string shared_name() const { return on_myepoll() ? "myepoll" : "eventpoll"; }
	int shared_sources() const { return wakeup_sources::count(shared_name()) - shared_before_; }
	bool shared_active() const { return wakeup_sources::count_active(shared_name()) > 0; }

	std::string path_of(const std::string& file) const { return folder_.path(file); }
	unique_fd make_named(const std::string& file) const
	{
		checked(mkfifo(path_of(file).c_str(), 0600), "mkfifo");
		return open_file(path_of(file), O_RDWR | O_NONBLOCK);
	}
	static int poll_now(const event_set& set)
	{
		pollfd instance{set.fd(), POLLIN, 0};
		return poll(&instance, 1, 0);
	}

private:
	temporary_folder folder_;
	unique_fd fifo_;
	int shared_before_ = 0;
};

SEMANTICS_INSTANCES(Wakeup);

// behaviours: 70
TEST_P(Wakeup, stays_in_the_interest_of_who_may_block_suspend)
{
	const event_set set = create();
	constexpr std::uint32_t all = EPOLLIN | wakeup | EPOLLONESHOT | EPOLLET;
	ASSERT_THAT(set.add(fifo(), all), succeeds());
	EXPECT_EQ(mask_in_fdinfo(set.fd(), fifo()), all | reported);
	ASSERT_THAT(set.mod(fifo(), EPOLLIN), succeeds());
	ASSERT_THAT(set.mod(fifo(), EPOLLIN | wakeup), succeeds());
	EXPECT_EQ(mask_in_fdinfo(set.fd(), fifo()), EPOLLIN | wakeup | reported);
}

// behaviours: 70
TEST_P(Wakeup, is_dropped_from_the_interest_of_who_may_not)
{
	const event_set set = create();
	as_user(watch_limit::some_user, [&] {
		EXPECT_THAT(set.add(fifo(), EPOLLIN | EPOLLET | wakeup), succeeds());
	});
	EXPECT_EQ(mask_in_fdinfo(set.fd(), fifo()), EPOLLIN | EPOLLET | reported);
	EXPECT_EQ(sources(), 0);
	ASSERT_THAT(set.mod(fifo(), EPOLLIN | wakeup), succeeds());
	as_user(watch_limit::some_user,
		[&] { EXPECT_THAT(set.mod(fifo(), EPOLLIN | wakeup), succeeds()); });
	EXPECT_EQ(mask_in_fdinfo(set.fd(), fifo()), EPOLLIN | reported);
	EXPECT_EQ(sources(), 0);
}

// behaviours: 46
TEST_P(Wakeup, is_not_among_the_events)
{
	const event_set set = create();
	write_bytes(fifo(), 1);
	ASSERT_THAT(set.add(fifo(), EPOLLIN | EPOLLEXCLUSIVE | wakeup), succeeds());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, fifo()}}));
}

// behaviours: 71
TEST_P(Wakeup, has_a_source_for_each_item_and_one_for_the_instance)
{
	event_set set = create();
	const unique_fd other = make_named("myepoll-test-other");
	ASSERT_THAT(set.add(fifo(), EPOLLIN), succeeds());
	EXPECT_EQ(sources() + shared_sources(), 0);

	ASSERT_THAT(set.add(other, EPOLLIN | wakeup), succeeds());
	ASSERT_THAT(set.mod(fifo(), EPOLLIN | wakeup), succeeds());
	EXPECT_EQ(sources(), 1);
	EXPECT_EQ(wakeup_sources::count("myepoll-test-other"), 1);
	EXPECT_EQ(shared_sources(), 1);

	ASSERT_THAT(set.mod(fifo(), EPOLLIN), succeeds());
	ASSERT_THAT(set.del(other), succeeds());
	EXPECT_EQ(sources() + wakeup_sources::count("myepoll-test-other"), 0);
	EXPECT_EQ(shared_sources(), 1) << "it stays with the instance";
	set.close();
	EXPECT_EQ(shared_sources(), 0);
}

// behaviours: 71
TEST_P(Wakeup, has_a_source_that_keeps_the_name_of_when_it_was_made)
{
	const event_set set = create();
	ASSERT_THAT(set.add(fifo(), EPOLLIN | wakeup), succeeds());
	ASSERT_EQ(std::rename(path_of(name()).c_str(), path_of("renamed").c_str()), 0);
	EXPECT_EQ(sources(), 1);
	ASSERT_THAT(set.mod(fifo(), EPOLLIN), succeeds());
	ASSERT_THAT(set.mod(fifo(), EPOLLIN | wakeup), succeeds());
	EXPECT_EQ(wakeup_sources::count("renamed"), 1);
}

// behaviours: 71
TEST_P(Wakeup, of_a_level_lasts_until_a_wait_finds_nothing_any_more)
{
	const event_set set = create();
	ASSERT_THAT(set.add(fifo(), EPOLLIN | wakeup), succeeds());
	EXPECT_FALSE(active());

	write_bytes(fifo(), 1);
	EXPECT_TRUE(active());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, fifo()}}));
	EXPECT_TRUE(active());
	drain(fifo());
	EXPECT_TRUE(active()) << "no wait has found it drained yet";
	EXPECT_THAT(set.wait(), delivers_nothing());
	EXPECT_FALSE(active());
	EXPECT_FALSE(shared_active());
}

// behaviours: 71
TEST_P(Wakeup, of_an_edge_lasts_until_it_is_delivered)
{
	for (const std::uint32_t mode : {std::uint32_t{EPOLLET}, std::uint32_t{EPOLLONESHOT}}) {
		const event_set set = create();
		ASSERT_THAT(set.add(fifo(), EPOLLIN | wakeup | mode), succeeds());

		write_bytes(fifo(), 1);
		EXPECT_TRUE(active());
		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, fifo()}}));
		EXPECT_FALSE(active());
		EXPECT_FALSE(shared_active());
		drain(fifo());
	}
}

// behaviours: 30, 71
TEST_P(Wakeup, begins_with_a_ctl_that_finds_the_target_ready)
{
	const event_set set = create();
	write_bytes(fifo(), 1);
	ASSERT_THAT(set.add(fifo(), EPOLLIN | EPOLLET | wakeup), succeeds());
	EXPECT_TRUE(active());
	ASSERT_THAT(set.wait(), returns(1));
	ASSERT_FALSE(active());

	ASSERT_THAT(set.mod(fifo(), EPOLLIN | EPOLLET | wakeup), succeeds());
	EXPECT_TRUE(active());
}

// behaviours: 71, 92, 93
TEST_P(Wakeup, lasts_while_an_event_is_not_delivered)
{
	const event_set set = create();
	const unique_fd first = make_eventfd(1);
	ASSERT_THAT(set.add(first, EPOLLIN), succeeds());
	ASSERT_THAT(set.add(fifo(), EPOLLIN | EPOLLET | wakeup), succeeds());
	write_bytes(fifo(), 1);

	EXPECT_THAT(set.wait(0ms, 1), delivers({{EPOLLIN, first}}));
	EXPECT_TRUE(active()) << "no room";
	ASSERT_THAT(set.del(first), succeeds());
	EXPECT_THAT(set.wait(unmapped_pointer, 1, 0), fails_with(EFAULT));
	EXPECT_TRUE(active()) << "no accessible buffer";
	EXPECT_FALSE(shared_active());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, fifo()}}));
	EXPECT_FALSE(active());
}

// behaviours: 71, 116
TEST_P(Wakeup, is_not_ended_by_a_poll_that_finds_the_target_ready)
{
	const event_set set = create();
	ASSERT_THAT(set.add(fifo(), EPOLLIN | EPOLLET | wakeup), succeeds());
	write_bytes(fifo(), 1);

	ASSERT_EQ(poll_now(set), 1);
	EXPECT_TRUE(active());
	drain(fifo());
	ASSERT_EQ(poll_now(set), 0);
	EXPECT_FALSE(active());
	EXPECT_FALSE(shared_active());
}

// behaviours: 71
TEST_P(Wakeup, that_a_mod_asks_for_does_not_cover_what_is_queued_already)
{
	const event_set set = create();
	ASSERT_THAT(set.add(fifo(), EPOLLIN), succeeds());
	write_bytes(fifo(), 1);

	ASSERT_THAT(set.mod(fifo(), EPOLLIN | wakeup), succeeds());
	EXPECT_EQ(sources(), 1);
	EXPECT_FALSE(active());
	ASSERT_EQ(poll_now(set), 1);
	EXPECT_FALSE(active());
	ASSERT_THAT(set.wait(), returns(1));
	EXPECT_TRUE(active()) << "queued again";
}

// behaviours: 71
TEST_P(Wakeup, ends_with_a_mod_that_does_not_ask_for_it)
{
	const event_set set = create();
	ASSERT_THAT(set.add(fifo(), EPOLLIN | wakeup), succeeds());
	write_bytes(fifo(), 1);
	ASSERT_TRUE(active());

	ASSERT_THAT(set.mod(fifo(), EPOLLIN), succeeds());

	EXPECT_EQ(sources(), 0);
	EXPECT_FALSE(shared_active());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, fifo()}}));
}

// behaviours: 71, 121
TEST_P(Wakeup, ends_with_its_item)
{
	event_set set = create();
	ASSERT_THAT(set.add(fifo(), EPOLLIN | wakeup), succeeds());
	write_bytes(fifo(), 1);
	ASSERT_TRUE(active());
	ASSERT_THAT(set.del(fifo()), succeeds());
	EXPECT_EQ(sources(), 0);

	ASSERT_THAT(set.add(fifo(), EPOLLIN | wakeup), succeeds());
	ASSERT_TRUE(active());
	fifo().close();
	EXPECT_EQ(sources(), 0);

	fifo() = make_named("myepoll-test-last");
	write_bytes(fifo(), 1);
	ASSERT_THAT(set.add(fifo(), EPOLLIN | wakeup), succeeds());
	set.close();
	EXPECT_EQ(wakeup_sources::count("myepoll-test-last"), 0);
	EXPECT_EQ(shared_sources(), 0);
}

//	outer (WAKEUP) <- inner (WAKEUP) <- fifo
//
// behaviours: 71, 117
TEST_P(Wakeup, of_a_nested_instance_begins_with_the_event_within)
{
	const std::string inner_name = on_myepoll() ? "[myepoll]" : "[eventpoll]";
	const event_set outer = create();
	const event_set inner = create();
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN | wakeup), succeeds());
	ASSERT_THAT(inner.add(fifo(), EPOLLIN | EPOLLET | wakeup), succeeds());

	write_bytes(fifo(), 1);
	EXPECT_TRUE(active());
	EXPECT_EQ(wakeup_sources::count_active(inner_name), 1);

	ASSERT_THAT(outer.wait(), returns(1));
	EXPECT_TRUE(active()) << "the wait on outer consumed nothing of inner";
	ASSERT_THAT(inner.wait(), returns(1));
	EXPECT_FALSE(active());
	ASSERT_THAT(outer.wait(), delivers_nothing());
	EXPECT_EQ(wakeup_sources::count_active(inner_name), 0);
}

//	set <- slow, which holds up the scan, and fifo
//
// behaviours: 71, 147
TEST_P(Wakeup, is_the_instance_s_while_a_scan_has_the_item)
{
	if (const auto why = polled_file::why_impossible())
		GTEST_SKIP() << *why;
	polled_file slow{0};
	const event_set set = create();
	ASSERT_THAT(set.add(slow.fd(), EPOLLIN | wakeup), succeeds());
	ASSERT_THAT(set.add(fifo(), EPOLLIN | wakeup), succeeds());
	slow.set(EPOLLIN);
	slow.wake();
	slow.hold();
	waiter scan{set};
	slow.await_question();
	EXPECT_TRUE(shared_active()) << "for the item being polled";

	write_bytes(fifo(), 1);
	EXPECT_TRUE(shared_active());

	slow.release();
	EXPECT_THAT(scan.result(), delivers({{EPOLLIN, slow.fd()}}));
	EXPECT_FALSE(shared_active());
	EXPECT_TRUE(active()) << "what arrived during the scan is queued now";
}

} // namespace
