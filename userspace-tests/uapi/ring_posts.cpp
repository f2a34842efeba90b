// SPDX-License-Identifier: GPL-2.0-only
// What is posted on a ring, what is added to it, what is taken back, and what goes to the ready list instead.
#include "support/changes.hpp"
#include "support/loopback.hpp"
#include "support/mapped_ring.hpp"
#include "support/snapshot.hpp"
#include "support/test.hpp"

#include <netinet/in.h>
#include <sys/inotify.h>

#include <vector>

using namespace support;
using namespace support::ops;

namespace {

constexpr std::uint32_t edge = EPOLLIN | EPOLLET;
constexpr std::uint32_t always = EPOLLERR | EPOLLHUP;

class RingPosts : public device_test {
protected:
	std::vector<unique_fd> watched_counters(const mapped_ring& ring, std::size_t count) const
	{
		std::vector<unique_fd> counters;
		while (counters.size() < count) {
			counters.push_back(make_eventfd());
			EXPECT_THAT(ring.add(counters.back(), edge), succeeds());
		}
		return counters;
	}
};

TEST_F(RingPosts, an_edge_and_its_data)
{
	const event_set set = create();
	mapped_ring ring{set, 4};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(ring.add(counter, edge, 0x123456789abcdef0), succeeds());
	EXPECT_THAT(ring.take(), delivers_nothing());

	signal_eventfd(counter);

	EXPECT_EQ(ring.word(0), MYEPOLL_RING_WORD(EPOLLIN, 0));
	EXPECT_EQ(ring.slot(0).data, 0x123456789abcdef0U);
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, 0x123456789abcdef0}}));
	EXPECT_EQ(ring.word(0), MYEPOLL_RING_WORD(0, 0));
	EXPECT_THAT(ring.take(), delivers_nothing());
	EXPECT_THAT(set.wait(), delivers_nothing());
	EXPECT_EQ(ring.state(), 0U) << "there is nothing for a WAIT";
}

// behaviours: 54
TEST_F(RingPosts, each_edge_after_the_last_one_was_taken_in_the_next_slot)
{
	for (const __u32 slots : {1U, 2U, 4U, 256U}) {
		const event_set set = create();
		mapped_ring ring{set, slots};
		const unique_fd counter = make_eventfd();
		ASSERT_THAT(ring.add(counter, edge), succeeds());
		const __u32 laps = 3 * slots + 1;
		for (__u32 seq = 0; seq < laps; ++seq) {
			signal_eventfd(counter);
			ASSERT_EQ(ring.word(seq), MYEPOLL_RING_WORD(EPOLLIN, seq));
			ASSERT_THAT(ring.take(), delivers({{EPOLLIN, counter}})) << seq << " of " << slots;
		}
		EXPECT_EQ(ring.counts().posted, laps);
		EXPECT_EQ(ring.counts().merged + ring.counts().refused + ring.counts().taken_back, 0U);
	}
}

// behaviours: 30, 32
TEST_F(RingPosts, what_add_and_mod_find_ready)
{
	const event_set set = create();
	mapped_ring ring{set, 4};
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(ring.add(counter, edge, 1), succeeds());
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, 1}}));
	ASSERT_THAT(ring.mod(counter, edge, 2), succeeds());
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, 2}}));
	ASSERT_THAT(ctl_on_ring(set.fd(), set_op, counter, EPOLLIN | EPOLLOUT | EPOLLET, 3), succeeds());
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN | EPOLLOUT, 3}}));
	EXPECT_EQ(ring.counts().posted, 3U);
}

// behaviours: 54
TEST_F(RingPosts, more_bits_into_an_event_that_was_not_taken)
{
	const event_set set = create();
	mapped_ring ring{set, 4};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(ring.add(counter, EPOLLIN | EPOLLOUT | EPOLLET), succeeds()); // it is writable
	signal_eventfd(counter);
	signal_eventfd(counter);
	EXPECT_EQ(ring.counts().posted, 1U);
	EXPECT_EQ(ring.counts().merged, 2U);
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN | EPOLLOUT, counter}}));

	take_eventfd(counter);
	EXPECT_THAT(ring.take(), delivers({{EPOLLOUT, counter}}));
	EXPECT_EQ(ring.counts().posted, 2U);
}

// The second item has the only slot when the first one has an edge again.
TEST_F(RingPosts, nothing_into_the_event_of_another)
{
	const event_set set = create();
	mapped_ring ring{set, 1};
	const auto counters = watched_counters(ring, 2);
	signal_eventfd(counters[0]);
	ASSERT_THAT(ring.take(), delivers({{EPOLLIN, counters[0]}}));
	signal_eventfd(counters[1]);

	signal_eventfd(counters[0]);

	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counters[1]}}));
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counters[0]}}));
	EXPECT_EQ(ring.counts().merged, 0U);
}

// behaviours: 48
TEST_F(RingPosts, nothing_that_is_of_no_interest)
{
	const event_set set = create();
	mapped_ring ring{set, 4};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	signal_eventfd(counter);
	ASSERT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
	take_eventfd(counter); // wakes by OUT
	EXPECT_THAT(ring.take(), delivers_nothing());
	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 38
TEST_F(RingPosts, edges_in_their_order_and_those_of_one_file_newest_first)
{
	const event_set set = create();
	mapped_ring ring{set, 8};
	const auto counters = watched_counters(ring, 3);
	const unique_fd again = duplicate(counters[1]);
	ASSERT_THAT(ring.add(again, edge), succeeds());
	for (const std::size_t i : {2U, 1U, 0U})
		signal_eventfd(counters[i]);
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counters[2]}, {EPOLLIN, again}, {EPOLLIN, counters[1]}, {EPOLLIN, counters[0]}}));
}

// behaviours: 46
TEST_F(RingPosts, the_bits_of_the_wakeup_that_are_of_interest)
{
	const loopback network;
	for (const std::uint32_t interest : {EPOLLIN | EPOLLET, EPOLLRDNORM | EPOLLET, EPOLLIN | EPOLLRDNORM | EPOLLET}) {
		const event_set set = create();
		mapped_ring ring{set, 4};
		const socket_ends pair = make_udp_pair();
		ASSERT_THAT(ring.add(pair.ours, interest), succeeds());
		write_bytes(pair.peer, 1);
		EXPECT_THAT(ring.take(), delivers({{interest & ~EPOLLET, pair.ours}}));
	}
}

// behaviours: 27, 44
TEST_F(RingPosts, errors_which_nobody_needs_to_ask_for)
{
	const loopback network;
	const event_set set = create();
	mapped_ring ring{set, 4};
	socket_ends pair = make_udp_pair();
	ASSERT_THAT(ring.add(pair.ours, EPOLLET), succeeds());
	pair.peer.close();
	write_bytes(pair.ours, 1); // a datagram to nobody
	EXPECT_THAT(ring.take(), delivers({{EPOLLERR, pair.ours}}));
}

// behaviours: 94, 147
TEST_F(RingPosts, from_hard_and_soft_interrupts)
{
	const loopback network;
	const event_set set = create();
	mapped_ring ring{set, 4};
	const socket_ends tcp = make_tcp_pair();
	const unique_fd timer = make_timerfd();
	ASSERT_THAT(ring.add(tcp.ours, edge), succeeds());
	ASSERT_THAT(ring.add(timer, edge), succeeds());
	write_bytes(tcp.peer, 1);
	ASSERT_THAT(ring.wait(for_ever), returns(0));
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, tcp.ours}}));
	arm_timerfd(timer, 1ms);
	ASSERT_THAT(ring.wait(for_ever), returns(0));
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, timer}}));
}

TEST_F(RingPosts, up_to_as_many_as_there_are_slots_and_queues_the_others)
{
	const event_set set = create();
	mapped_ring ring{set, 4};
	const auto counters = watched_counters(ring, 6);
	for (const unique_fd& counter : counters)
		signal_eventfd(counter);
	EXPECT_EQ(ring.state(), __u32{MYEPOLL_RING_WAIT});
	EXPECT_EQ(ring.counts().posted, 4U);
	EXPECT_EQ(ring.counts().refused, 2U);

	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counters[0]}, {EPOLLIN, counters[1]}, {EPOLLIN, counters[2]}, {EPOLLIN, counters[3]}}));
	EXPECT_EQ(ring.state(), __u32{MYEPOLL_RING_WAIT});
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counters[4]}, {EPOLLIN, counters[5]}}));
	EXPECT_EQ(ring.state(), 0U);
	for (const unique_fd& counter : counters)
		signal_eventfd(counter);
	EXPECT_EQ(ring.counts().posted, 8U) << "the queued ones may be posted again";
}

// An item is pending in one place.
TEST_F(RingPosts, nothing_of_an_item_that_is_queued)
{
	const event_set set = create();
	mapped_ring ring{set, 1};
	const auto counters = watched_counters(ring, 2);
	signal_eventfd(counters[0]);
	signal_eventfd(counters[1]);
	ASSERT_THAT(ring.take(), delivers({{EPOLLIN, counters[0]}}));

	signal_eventfd(counters[1]);

	EXPECT_THAT(ring.take(), delivers_nothing()) << "although there is a slot now";
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counters[1]}}));
	signal_eventfd(counters[1]);
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counters[1]}}));
	EXPECT_THAT(set.wait(), delivers_nothing());
}

TEST_F(RingPosts, nothing_of_an_item_that_was_queued_before_it_asked_for_the_ring)
{
	const event_set set = create();
	mapped_ring ring{set, 4};
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, edge, 1), succeeds());
	ASSERT_THAT(ring.mod(counter, edge, 2), succeeds());
	EXPECT_THAT(ring.take(), delivers_nothing());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, 2}}));
	signal_eventfd(counter);
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, 2}}));
}

// behaviours: 36
TEST_F(RingPosts, are_taken_back_by_del)
{
	const event_set set = create();
	mapped_ring ring{set, 2};
	const auto counters = watched_counters(ring, 2);
	signal_eventfd(counters[0]);
	signal_eventfd(counters[1]);

	ASSERT_THAT(set.del(counters[0]), succeeds());

	EXPECT_EQ(ring.word(0), MYEPOLL_RING_WORD(MYEPOLL_RING_DEAD, 0));
	EXPECT_EQ(ring.counts().taken_back, 1U);
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counters[1]}}));
	EXPECT_THAT(set.wait(), delivers_nothing());
	EXPECT_EQ(ring.word(0), MYEPOLL_RING_WORD(0, 0)) << "the consumer has freed it";
	signal_eventfd(counters[1]);
	signal_eventfd(counters[0]);
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counters[1]}}));
}

// A mark that comes too late would be counted as an event one lap later.
TEST_F(RingPosts, are_not_taken_back_once_they_were_taken)
{
	const event_set set = create();
	mapped_ring ring{set, 1};
	auto counters = watched_counters(ring, 4);
	const auto post_and_take = [&](const unique_fd& counter) {
		signal_eventfd(counter);
		EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
	};
	post_and_take(counters[0]);
	ASSERT_THAT(set.del(counters[0]), succeeds());
	EXPECT_EQ(ring.word(0), MYEPOLL_RING_WORD(0, 0));
	post_and_take(counters[1]);
	ASSERT_THAT(ring.mod(counters[1], EPOLLET), succeeds());
	EXPECT_EQ(ring.word(1), MYEPOLL_RING_WORD(0, 1));
	post_and_take(counters[2]);
	counters[2].close();
	EXPECT_EQ(ring.word(2), MYEPOLL_RING_WORD(0, 2));
	post_and_take(counters[3]);
	EXPECT_EQ(ring.counts(), (ring_counts{.slots = 1, .pages = 3, .posted = 4}));
}

// behaviours: 31, 33
TEST_F(RingPosts, are_taken_back_by_mod_and_posted_anew_if_still_true)
{
	const event_set set = create();
	mapped_ring ring{set, 4};
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(ring.add(counter, edge, 1), succeeds());
	ASSERT_THAT(ring.mod(counter, edge, 2), succeeds());
	EXPECT_EQ(ring.word(0), MYEPOLL_RING_WORD(MYEPOLL_RING_DEAD, 0));
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, 2}}));

	signal_eventfd(counter);
	take_eventfd(counter);
	ASSERT_THAT(ring.mod(counter, edge, 3), succeeds());
	EXPECT_THAT(ring.take(), delivers_nothing());
	EXPECT_EQ(ring.counts(), (ring_counts{.slots = 4, .pages = 3, .posted = 3, .taken_back = 2}));
}

TEST_F(RingPosts, end_with_a_mod_that_does_not_ask_for_them)
{
	const event_set set = create();
	mapped_ring ring{set, 8};
	const unique_fd counter = make_eventfd(1);
	changes without{entry(mod, counter, edge, 2)};
	const auto mod_without = [&](bool by_ctl) {
		if (by_ctl)
			return set.mod(counter, edge, 2);
		return without.apply(set).result;
	};
	ASSERT_THAT(ring.add(counter, edge, 1), succeeds());
	for (const bool by_ctl : {true, false}) {
		ASSERT_THAT(mod_without(by_ctl), succeeds());
		EXPECT_THAT(ring.take(), delivers_nothing());
		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, 2}}));
		signal_eventfd(counter);
		EXPECT_THAT(ring.take(), delivers_nothing());
		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, 2}}));
		ASSERT_THAT(ring.mod(counter, edge, 1), succeeds());
	}
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, 1}}));
}

// behaviours: 121, 122
TEST_F(RingPosts, are_taken_back_when_the_target_is_closed)
{
	const event_set set = create();
	mapped_ring ring{set, 4};
	auto counters = watched_counters(ring, 2);
	signal_eventfd(counters[0]);
	signal_eventfd(counters[1]);
	counters[0].close();
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counters[1]}}));
	EXPECT_EQ(ring.counts().taken_back, 1U);
}

// behaviours: 57, 58
TEST_F(RingPosts, disarm_a_oneshot)
{
	constexpr std::uint32_t once = edge | EPOLLONESHOT;
	const event_set set = create();
	mapped_ring ring{set, 4};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(ring.add(counter, once), succeeds());
	EXPECT_EQ(mask_in_fdinfo(set.fd(), counter), once | always);

	signal_eventfd(counter);
	EXPECT_EQ(mask_in_fdinfo(set.fd(), counter), EPOLLET | EPOLLONESHOT) << "when it is posted";
	signal_eventfd(counter);
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
	signal_eventfd(counter);
	EXPECT_THAT(ring.take(), delivers_nothing());
	EXPECT_THAT(set.wait(), delivers_nothing());
	EXPECT_EQ(ring.counts(), (ring_counts{.slots = 4, .pages = 3, .posted = 1}));

	ASSERT_THAT(ring.mod(counter, once), succeeds());
	EXPECT_EQ(mask_in_fdinfo(set.fd(), counter), EPOLLET | EPOLLONESHOT);
	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
	signal_eventfd(counter);
	EXPECT_THAT(ring.take(), delivers_nothing());
}

// behaviours: 57, 59
TEST_F(RingPosts, leave_a_oneshot_that_finds_no_slot_to_the_wait_that_delivers_it)
{
	constexpr std::uint32_t once = edge | EPOLLONESHOT;
	const event_set set = create();
	mapped_ring ring{set, 1};
	const auto filler = watched_counters(ring, 1);
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(ring.add(counter, once), succeeds());
	signal_eventfd(filler[0]);
	signal_eventfd(counter);
	EXPECT_EQ(mask_in_fdinfo(set.fd(), counter), once | always);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
	EXPECT_EQ(mask_in_fdinfo(set.fd(), counter), EPOLLET | EPOLLONESHOT);
}

struct unfit_interest {
	const char* what;
	std::uint32_t mask;
};

// behaviours: 53
TEST_F(RingPosts, nothing_where_a_wakeup_does_not_tell_what_happened)
{
	for (const auto& [what, mask] : {unfit_interest{"level-triggered", EPOLLIN}, {"out-of-band", edge | EPOLLPRI},
					 {"band to read", edge | EPOLLRDBAND}, {"band to write", edge | EPOLLWRBAND},
					 {"message", edge | EPOLLMSG}, {"level-triggered once", EPOLLIN | EPOLLONESHOT}}) {
		SCOPED_TRACE(what);
		const event_set set = create();
		mapped_ring ring{set, 4};
		const unique_fd counter = make_eventfd();
		ASSERT_THAT(ring.add(counter, mask), succeeds());
		signal_eventfd(counter);
		EXPECT_EQ(ring.state(), __u32{MYEPOLL_RING_WAIT});
		EXPECT_THAT(ring.take(), delivers_nothing());
		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
		// From now on.
		ASSERT_THAT(ring.mod(counter, EPOLLIN | EPOLLET), succeeds());
		EXPECT_EQ(ring.counts().posted, (mask & EPOLLET) || (mask & EPOLLONESHOT) ? 1U : 0U);
	}
}

//	outer-(inner)-counter
//
// behaviours: 115
TEST_F(RingPosts, nothing_of_an_inner_set)
{
	const event_set outer = create();
	const event_set inner = create();
	mapped_ring ring{outer, 4};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(inner.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(ring.add(inner.fd(), edge), succeeds());
	signal_eventfd(counter);
	EXPECT_EQ(ring.state(), __u32{MYEPOLL_RING_WAIT});
	EXPECT_THAT(ring.take(), delivers_nothing());
	EXPECT_THAT(outer.wait(), delivers({{EPOLLIN, inner.fd()}}));
}

// A pipe's end, a unix socket's shutdown and inotify wake without a key.
TEST_F(RingPosts, nothing_of_a_wakeup_without_a_key)
{
	const event_set set = create();
	mapped_ring ring{set, 4};
	pipe_ends pipe = make_pipe();
	const socket_ends pair = make_unix_pair();
	const temporary_folder folder;
	const unique_fd inotify = make_inotify(folder.path(""), IN_CREATE);
	for (const int target : {int{pipe.reader}, int{pair.ours}, int{inotify}})
		ASSERT_THAT(ring.add(target, edge | EPOLLRDHUP), succeeds());

	pipe.writer.close();
	checked(shutdown(pair.peer, SHUT_WR), "shutdown");
	make_fifo(folder);

	EXPECT_EQ(ring.state(), __u32{MYEPOLL_RING_WAIT});
	EXPECT_THAT(ring.take(), delivers_nothing());
	EXPECT_THAT(set.wait(), delivers({{EPOLLHUP, pipe.reader}, {EPOLLIN | EPOLLRDHUP, pair.ours}, {EPOLLIN, inotify}}));
}

TEST_F(RingPosts, are_taken_back_and_queued_by_a_wakeup_without_a_key)
{
	const event_set set = create();
	mapped_ring ring{set, 4};
	const socket_ends pair = make_unix_pair();
	ASSERT_THAT(ring.add(pair.ours, edge | EPOLLRDHUP), succeeds());
	write_bytes(pair.peer, 1);
	ASSERT_EQ(ring.counts().posted, 1U);

	checked(shutdown(pair.peer, SHUT_WR), "shutdown");

	EXPECT_THAT(ring.take(), delivers_nothing());
	EXPECT_EQ(ring.counts().taken_back, 1U);
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN | EPOLLRDHUP, pair.ours}}));
	EXPECT_THAT(set.wait(), delivers_nothing());
	write_bytes(pair.ours, 1);
	EXPECT_THAT(ring.take(), delivers_nothing());
}

TEST_F(RingPosts, and_the_header_says_whether_a_wait_has_something)
{
	const event_set set = create();
	mapped_ring ring{set, 4};
	const unique_fd level = make_eventfd();
	ASSERT_THAT(set.add(level, EPOLLIN), succeeds());
	EXPECT_EQ(ring.state(), 0U);
	signal_eventfd(level);
	EXPECT_EQ(ring.state(), __u32{MYEPOLL_RING_WAIT});
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, level}}));
	EXPECT_EQ(ring.state(), __u32{MYEPOLL_RING_WAIT}) << "it may still be ready";
	take_eventfd(level);
	EXPECT_THAT(set.wait(), delivers_nothing());
	EXPECT_EQ(ring.state(), 0U);

	signal_eventfd(level);
	ASSERT_THAT(set.del(level), succeeds());
	EXPECT_EQ(ring.state(), 0U) << "it was the last one";
}

TEST_F(RingPosts, and_the_header_is_clear_after_the_close_of_the_last_that_was_queued)
{
	const event_set set = create();
	mapped_ring ring{set, 4};
	unique_fd first = make_eventfd(1);
	unique_fd second = make_eventfd(1);
	ASSERT_THAT(set.add(first, EPOLLIN), succeeds());
	ASSERT_THAT(set.add(second, EPOLLIN), succeeds());
	first.close();
	EXPECT_EQ(ring.state(), __u32{MYEPOLL_RING_WAIT});
	second.close();
	EXPECT_EQ(ring.state(), 0U);
}

TEST_F(RingPosts, are_seen_in_a_snapshot)
{
	const event_set set = create();
	mapped_ring ring{set, 1};
	const unique_fd posted = make_eventfd();
	const unique_fd queued = make_eventfd();
	ASSERT_THAT(ring.add(posted, edge), succeeds());
	ASSERT_THAT(ring.add(queued, edge), succeeds());
	const auto flags_of = [&](int fd) {
		__u32 flags = 0;
		for (const myepoll_item& item : look_at(set).items)
			if (item.fd == fd)
				flags = item.flags & (MYEPOLL_ITEM_READY | MYEPOLL_ITEM_POSTED);
		return flags;
	};
	EXPECT_EQ(flags_of(posted) | flags_of(queued), 0U);
	signal_eventfd(posted);
	signal_eventfd(queued);
	EXPECT_EQ(flags_of(posted), __u32{MYEPOLL_ITEM_POSTED});
	EXPECT_EQ(flags_of(queued), __u32{MYEPOLL_ITEM_READY});
	ring.take();
	EXPECT_EQ(flags_of(posted), 0U);
}

TEST_F(RingPosts, and_what_is_taken_back_are_changes_of_the_instance)
{
	const event_set set = create();
	const mapped_ring ring{set, 4};
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(ring.add(counter, edge), succeeds());
	const auto change = [&] { return look_at(set).about.change; };
	const auto before = change();
	signal_eventfd(counter);
	EXPECT_EQ(change(), before + 1) << "posted";
	signal_eventfd(counter);
	EXPECT_EQ(change(), before + 2) << "merged";
	ASSERT_THAT(set.del(counter), succeeds());
	EXPECT_GE(change(), before + 3) << "taken back";
}

// Whatever a program writes into its slots, an event finds its way past it.
TEST_F(RingPosts, go_to_the_ready_list_where_a_slot_seems_to_be_taken)
{
	for (const __u64 forged : {MYEPOLL_RING_WORD(EPOLLIN, 0), MYEPOLL_RING_WORD(MYEPOLL_RING_DEAD, 0), ~__u64{0},
				   MYEPOLL_RING_WORD(EPOLLOUT, 77)}) {
		const event_set set = create();
		mapped_ring ring{set, 2};
		const auto counters = watched_counters(ring, 2);
		ring.slot(0).word = forged;
		signal_eventfd(counters[0]);
		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counters[0]}})) << std::hex << forged;
		ring.slot(0).word = MYEPOLL_RING_WORD(0, -2U);
		signal_eventfd(counters[1]);
		EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counters[1]}}));
	}
}

TEST_F(RingPosts, fill_a_large_ring)
{
	constexpr __u32 slots = 256;
	const event_set set = create();
	mapped_ring ring{set, slots};
	const auto counters = watched_counters(ring, slots);
	for (int lap = 0; lap < 3; ++lap) {
		for (const unique_fd& counter : counters)
			signal_eventfd(counter);
		const delivery got = ring.take();
		ASSERT_EQ(got.events.size(), slots);
		for (std::size_t i = 0; i < slots; ++i)
			ASSERT_EQ(got.events[i], (event{EPOLLIN, counters[i]}));
	}
	EXPECT_EQ(ring.counts().refused, 0U);
}

} // namespace
