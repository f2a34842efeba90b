// SPDX-License-Identifier: GPL-2.0-only
// SNAPSHOT: each field, the pages, and what is refused.
#include "support/snapshot.hpp"

#include "support/memory.hpp"
#include "support/test.hpp"

#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

using namespace support;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

class Snapshot : public device_test {
protected:
	static const myepoll_item& item_of(const snapshot& page, int fd)
	{
		const auto found = std::find_if(page.items.begin(), page.items.end(),
						[fd](const myepoll_item& item) { return item.fd == fd; });
		if (found == page.items.end())
			throw std::runtime_error{"no item for the descriptor"};
		return *found;
	}
};

TEST_F(Snapshot, is_a_feature_of_the_module)
{
	myepoll_info info{};
	ASSERT_THAT(raw::ioctl(device(), MYEPOLL_IOC_INFO, &info), returns(0));
	EXPECT_EQ(info.features & MYEPOLL_FEATURE_SNAPSHOT, std::uint64_t{MYEPOLL_FEATURE_SNAPSHOT});
	myepoll_snapshot argument{};
	EXPECT_THAT(raw::ioctl(device(), MYEPOLL_IOC_SNAPSHOT, &argument), fails_with(ENOTTY));
}

TEST_F(Snapshot, of_an_empty_set_has_no_items_but_its_number)
{
	const event_set set = create();
	myepoll_info info{};
	ASSERT_THAT(raw::ioctl(set.fd(), MYEPOLL_IOC_INFO, &info), returns(0));

	const snapshot page = look_at(set);

	ASSERT_EQ(page.result, 0);
	EXPECT_THAT(page.items, IsEmpty());
	EXPECT_THAT(page.sleepers, IsEmpty());
	EXPECT_TRUE(is_last(page));
	EXPECT_EQ(page.about.instance, info.instance);
	EXPECT_EQ(page.about.watches, 0U);
	EXPECT_EQ(page.about.flags, static_cast<__u32>(MYEPOLL_SNAPSHOT_WHOLE));
}

TEST_F(Snapshot, shows_what_is_watched_and_how)
{
	const unique_fd level = make_eventfd();
	const pipe_ends pipe = make_pipe();
	const unique_fd fired = make_eventfd(1);
	const unique_fd exclusive = make_eventfd();
	const pty_ends pty = make_pty();
	const event_set set = create();
	ASSERT_THAT(set.add(level, EPOLLIN, 7), succeeds());
	ASSERT_THAT(set.add(pipe.reader, EPOLLIN | EPOLLET, ~std::uint64_t{0}), succeeds());
	ASSERT_THAT(set.add(fired, EPOLLIN | EPOLLONESHOT, 1), succeeds());
	ASSERT_THAT(set.add(exclusive, EPOLLIN | EPOLLEXCLUSIVE, 2), succeeds());
	ASSERT_THAT(set.add(pty.master, EPOLLIN, 3), succeeds());
	ASSERT_THAT(set.wait(), returns(1));

	const snapshot page = look_at(set);

	ASSERT_EQ(page.result, 0);
	EXPECT_EQ(page.about.watches, 5U);
	ASSERT_THAT(page.items, SizeIs(5));
	EXPECT_EQ(item_of(page, level).data, 7U);
	EXPECT_EQ(item_of(page, level).events, static_cast<__u32>(EPOLLIN | EPOLLERR | EPOLLHUP));
	EXPECT_EQ(item_of(page, level).hooks, 1U);
	EXPECT_EQ(item_of(page, pipe.reader).data, ~std::uint64_t{0});
	EXPECT_EQ(item_of(page, pipe.reader).events, static_cast<__u32>(EPOLLIN | EPOLLERR | EPOLLHUP | EPOLLET));
	EXPECT_EQ(item_of(page, fired).flags & MYEPOLL_ITEM_DISABLED, static_cast<__u32>(MYEPOLL_ITEM_DISABLED));
	EXPECT_EQ(item_of(page, fired).events, static_cast<__u32>(EPOLLONESHOT));
	EXPECT_EQ(item_of(page, level).flags & MYEPOLL_ITEM_DISABLED, 0U);
	EXPECT_EQ(item_of(page, exclusive).events,
		  static_cast<__u32>(EPOLLIN | EPOLLERR | EPOLLHUP | EPOLLEXCLUSIVE));
	EXPECT_EQ(item_of(page, pty.master).hooks, 2U);
	for (const myepoll_item& one : page.items)
		EXPECT_EQ(std::count_if(page.items.begin(), page.items.end(),
					[&one](const myepoll_item& other) { return other.item == one.item; }),
			  1);
}

TEST_F(Snapshot, shows_the_order_of_the_ready_list)
{
	std::array<unique_fd, 6> counters;
	const event_set set = create();
	for (unique_fd& counter : counters) {
		counter = make_eventfd();
		ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	}
	for (const std::size_t i : {4U, 0U, 5U, 2U})
		signal_eventfd(counters[i]);

	const snapshot page = look_at(set);

	std::array<unsigned, 6> positions{};
	for (std::size_t i = 0; i < counters.size(); ++i) {
		positions[i] = item_of(page, counters[i]).position;
		EXPECT_EQ(item_of(page, counters[i]).flags & MYEPOLL_ITEM_READY,
			  static_cast<__u32>(positions[i] != 0 ? MYEPOLL_ITEM_READY : 0));
	}
	EXPECT_EQ(positions, (std::array<unsigned, 6>{2, 0, 4, 0, 1, 3}));
	EXPECT_EQ(look_at(set).about.change, page.about.change);
	signal_eventfd(counters[1]);
	EXPECT_EQ(look_at(set).about.change, page.about.change + 1);
}

// The black height below an item, or -1 if the subtree breaks a rule of red-black trees.
int black_height(const snapshot& page, int root)
{
	const auto is_red = [&page](int i) { return (page.items[static_cast<std::size_t>(i)].flags & MYEPOLL_ITEM_RED) != 0; };
	int left = -1;
	int right = -1;
	for (int i = 0; i < static_cast<int>(page.items.size()); ++i)
		if (page.items[static_cast<std::size_t>(i)].parent == root) {
			int& side = i < root ? left : right;
			if (side >= 0 || (is_red(root) && is_red(i)))
				return -1;
			side = i;
		}
	const int below_left = left < 0 ? 1 : black_height(page, left);
	const int below_right = right < 0 ? 1 : black_height(page, right);
	if (below_left != below_right || below_left < 0)
		return -1;
	return below_left + (is_red(root) ? 0 : 1);
}

TEST_F(Snapshot, shows_the_tree)
{
	const event_set set = create();
	std::vector<unique_fd> counters;
	for (int i = 0; i < 100; ++i) {
		counters.push_back(make_eventfd());
		ASSERT_THAT(set.add(counters.back(), EPOLLIN), succeeds());
		const snapshot page = look_at(set);
		std::vector<int> roots;
		for (int j = 0; j < static_cast<int>(page.items.size()); ++j)
			if (page.items[static_cast<std::size_t>(j)].parent == -1)
				roots.push_back(j);
		ASSERT_THAT(roots, SizeIs(1));
		ASSERT_EQ(page.items[static_cast<std::size_t>(roots[0])].flags & MYEPOLL_ITEM_RED, 0U);
		ASSERT_GT(black_height(page, roots[0]), 0);
	}
}

TEST_F(Snapshot, shows_who_sleeps_the_next_to_be_woken_first)
{
	const event_set set = create();
	waiter first{set};
	ASSERT_TRUE(first.falls_asleep());
	waiter second{set};
	ASSERT_TRUE(second.falls_asleep());

	const snapshot page = look_at(set);

	ASSERT_THAT(page.sleepers, SizeIs(2));
	EXPECT_EQ(page.sleepers[0].thread, second.tid());
	EXPECT_EQ(page.sleepers[1].thread, first.tid());
	EXPECT_LE(page.sleepers[0].asleep_ms, page.sleepers[1].asleep_ms);
	EXPECT_LT(page.sleepers[1].asleep_ms, 10'000U);
	EXPECT_EQ(page.sleepers[0].pad, 0U);
	await([&] { return look_at(set).sleepers.at(1).asleep_ms > page.sleepers[1].asleep_ms; });
	EXPECT_THAT(look_at(set, 0, 1).sleepers, SizeIs(1));
	first.interrupt();
	second.interrupt();
}

TEST_F(Snapshot, names_no_thread_of_another_pid_namespace)
{
	const event_set set = create();
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());

	const int status = WEXITSTATUS(in_child([&set] {
		if (unshare(CLONE_NEWPID) < 0)
			_exit(77);
		const pid_t child = fork();
		if (child == 0)
			_exit(look_at(set).sleepers.at(0).thread == 0 ? 0 : 1);
		int ended = 0;
		waitpid(child, &ended, 0);
		_exit(WEXITSTATUS(ended));
	}));
	sleeper.interrupt();
	if (status == 77)
		GTEST_SKIP() << "not allowed to make a pid namespace";
	EXPECT_EQ(status, 0);
}

TEST_F(Snapshot, counts_what_has_happened)
{
	const unique_fd counter = make_eventfd();
	const unique_fd oneshot = make_eventfd();
	const event_set set = create();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());               // 1 edit
	ASSERT_THAT(set.add(oneshot, EPOLLIN | EPOLLONESHOT), succeeds()); // 1 edit
	signal_eventfd(counter);                                           // callback, queued
	signal_eventfd(counter);                                           // callback, already queued
	ASSERT_THAT(set.wait(), returns(1));                               // wait, polled, delivered
	take_eventfd(counter);                                             // callback for the writers, unwanted
	ASSERT_THAT(set.wait(), delivers_nothing());                       // wait, polled in vain
	ASSERT_THAT(set.wait(1ms), delivers_nothing());                    // wait, sleep
	signal_eventfd(oneshot);                                           // callback, queued
	ASSERT_THAT(set.wait(), returns(1));                               // wait, polled, delivered
	signal_eventfd(oneshot);                                           // callback, disabled
	ASSERT_THAT(set.mod(oneshot, EPOLLIN), succeeds());                // edit, queued
	ASSERT_THAT(set.del(oneshot), succeeds());                         // edit

	const snapshot page = look_at(set);
	const myepoll_counters& got = page.about.counters;
	EXPECT_EQ(got.callbacks, 5U);
	EXPECT_EQ(got.queued, 3U);
	EXPECT_EQ(got.overflowed, 0U);
	EXPECT_EQ(got.already_queued, 1U);
	EXPECT_EQ(got.disabled, 1U);
	EXPECT_EQ(got.waits, 4U);
	EXPECT_EQ(got.sleeps, 1U);
	EXPECT_EQ(got.woken_in_vain, 0U);
	EXPECT_EQ(got.polled, 3U);
	EXPECT_EQ(got.polled_in_vain, 1U);
	EXPECT_EQ(got.delivered, 2U);
	EXPECT_EQ(got.edits, 4U);
}

// A shutdown of the peer wakes all watchers, and nothing is ready for those who wait for out-of-band data.
TEST_F(Snapshot, counts_sleepers_that_are_woken_in_vain)
{
	const socket_ends pair = make_unix_pair();
	const event_set set = create();
	ASSERT_THAT(set.add(pair.ours, EPOLLPRI), succeeds());
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());

	checked(shutdown(pair.peer, SHUT_WR), "shutdown");
	await([&set] { return look_at(set).sleepers.size() == 1 && look_at(set).about.counters.sleeps == 2; });

	const myepoll_counters got = look_at(set).about.counters;
	EXPECT_EQ(got.woken_in_vain, 1U);
	EXPECT_EQ(got.polled_in_vain, 1U);
	EXPECT_EQ(got.waits, 1U);
	EXPECT_EQ(got.delivered, 0U);
	sleeper.interrupt();
}

// Items come and go between the pages; those that stay are in exactly one.
TEST_F(Snapshot, has_each_item_that_stays_on_exactly_one_page)
{
	const event_set set = create();
	std::vector<unique_fd> staying;
	std::vector<unique_fd> passing;
	for (int i = 0; i < 300; ++i) {
		staying.push_back(make_eventfd());
		ASSERT_THAT(set.add(staying.back(), EPOLLIN), succeeds());
	}
	std::map<int, int> seen;
	int pages = 0;
	for (snapshot page = look_at(set, 7, 0);; page = look_at(set, 7, 0, &page)) {
		ASSERT_EQ(page.result, 0);
		++pages;
		EXPECT_EQ(page.about.flags, 0U);
		for (const myepoll_item& item : page.items) {
			++seen[item.fd];
			EXPECT_EQ(item.parent, -1);
			EXPECT_EQ(item.position, 0U);
		}
		if (is_last(page))
			break;
		// The item on which the cursor stands goes, if it is one that may.
		const int last = page.items.back().fd;
		std::erase_if(passing, [last](const unique_fd& fd) { return fd == last; });
		passing.push_back(make_eventfd());
		ASSERT_THAT(set.add(passing.back(), EPOLLIN), succeeds());
		if (passing.size() > 20)
			passing.erase(passing.begin());
	}
	EXPECT_GE(pages, 300 / 7);
	for (const unique_fd& fd : staying)
		EXPECT_EQ(seen[fd], 1);
}

TEST_F(Snapshot, gives_no_kernel_address_away)
{
	const event_set set = create();
	std::vector<unique_fd> counters;
	for (int i = 0; i < 10; ++i) {
		counters.push_back(make_eventfd());
		ASSERT_THAT(set.add(counters.back(), EPOLLIN, 0), succeeds());
	}
	const snapshot page = look_at(set, 5);
	ASSERT_FALSE(is_last(page));
	const auto looks_like_one = [](std::uint64_t word) { return (word >> 47) == 0x1ffff; };
	EXPECT_FALSE(looks_like_one(page.about.cursor[0]) && looks_like_one(look_at(set, 5).about.cursor[0]) &&
		     looks_like_one(look_at(set, 6).about.cursor[0]));
	for (const myepoll_item& item : page.items)
		EXPECT_FALSE(looks_like_one(item.item)) << "by chance once in 100,000 times";
}

TEST_F(Snapshot, refuses_what_it_does_not_know)
{
	const event_set set = create();
	const event_set other = create();
	std::array<unique_fd, 4> counters;
	for (unique_fd& counter : counters) {
		counter = make_eventfd();
		ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
		ASSERT_THAT(other.add(counter, EPOLLIN), succeeds());
	}
	const snapshot good = look_at(set, 2);
	ASSERT_EQ(good.result, 0);
	std::array<myepoll_item, 4> items{};
	myepoll_snapshot argument{};
	argument.items = reinterpret_cast<std::uintptr_t>(items.data());
	argument.items_room = items.size();
	const auto refused = [&set](myepoll_snapshot wrong) {
		const myepoll_snapshot before = wrong;
		EXPECT_THAT(raw::ioctl(set.fd(), MYEPOLL_IOC_SNAPSHOT, &wrong), fails_with(EINVAL));
		EXPECT_EQ(std::memcmp(&before, &wrong, sizeof(wrong)), 0);
	};
	ASSERT_THAT(raw::ioctl(set.fd(), MYEPOLL_IOC_SNAPSHOT, &argument), returns(0));
	for (const auto spoil : {+[](myepoll_snapshot& a) { a.flags = 1; }, +[](myepoll_snapshot& a) { a.flags = 2; },
				 +[](myepoll_snapshot& a) { a.pad = 1; },
				 +[](myepoll_snapshot& a) { a.items_room = MYEPOLL_SNAPSHOT_MAX + 1; },
				 +[](myepoll_snapshot& a) { a.sleepers_room = MYEPOLL_SNAPSHOT_MAX + 1; },
				 +[](myepoll_snapshot& a) { a.cursor[0] = 1; },
				 +[](myepoll_snapshot& a) { a.cursor[1] = ~std::uint64_t{0}; }}) {
		myepoll_snapshot wrong{};
		wrong.items = argument.items;
		wrong.items_room = argument.items_room;
		spoil(wrong);
		refused(wrong);
	}
	myepoll_snapshot of_another{};
	std::copy_n(look_at(other, 2).about.cursor, 2, of_another.cursor);
	refused(of_another);
	EXPECT_EQ(look_at(set, 2, 0, &good).result, 0);
}

TEST_F(Snapshot, fails_without_changing_its_argument_when_memory_is_missing)
{
	const unique_fd counter = make_eventfd();
	const event_set set = create();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());
	myepoll_item item{};
	for (const bool sleepers : {false, true}) {
		myepoll_snapshot argument{};
		argument.items = sleepers ? reinterpret_cast<std::uintptr_t>(&item) :
					    reinterpret_cast<std::uintptr_t>(unmapped_pointer);
		argument.sleepers = reinterpret_cast<std::uintptr_t>(unmapped_pointer);
		argument.items_room = 1;
		argument.sleepers_room = 1;
		const myepoll_snapshot before = argument;
		EXPECT_THAT(raw::ioctl(set.fd(), MYEPOLL_IOC_SNAPSHOT, &argument), fails_with(EFAULT));
		EXPECT_EQ(std::memcmp(&before, &argument, sizeof(argument)), 0);
	}
	EXPECT_THAT(raw::ioctl(set.fd(), MYEPOLL_IOC_SNAPSHOT, unmapped_pointer), fails_with(EFAULT));
	sleeper.interrupt();
}

} // namespace
