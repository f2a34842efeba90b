// SPDX-License-Identifier: GPL-2.0-only
// Each step of an event's way has a trace event, with the right fields and in the right order.
#include "support/changes.hpp"
#include "support/loopback.hpp"
#include "support/polled_file.hpp"
#include "support/test.hpp"
#include "support/trace_log.hpp"

#include <poll.h>

using namespace support;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

namespace {

class Steps : public device_test {
protected:
	std::optional<std::string> why_impossible() const override { return trace_log::why_impossible(); }
};

MATCHER_P(are_named, names, "")
{
	const std::vector<std::string> got = names_of(arg);
	*result_listener << testing::PrintToString(got);
	return got == std::vector<std::string>(names);
}

auto are(std::initializer_list<const char*> names) { return are_named(std::vector<std::string>(names.begin(), names.end())); }

std::vector<trace_step> only(const std::string& name, std::vector<trace_step> steps)
{
	std::erase_if(steps, [&name](const trace_step& step) { return step.name != name; });
	return steps;
}

// Steps after the first ones, which the test has looked at.
std::vector<trace_step> after(std::size_t count, std::vector<trace_step> steps)
{
	steps.erase(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(std::min(count, steps.size())));
	return steps;
}

TEST_F(Steps, of_a_packet_lead_from_the_softirq_to_the_return_of_the_wait)
{
	const loopback network;
	const socket_ends tcp = make_tcp_pair();
	const trace_log log;
	const event_set set = create();
	ASSERT_THAT(set.add(tcp.ours, EPOLLIN, 42), succeeds());
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());

	write_bytes(tcp.peer, 1);
	ASSERT_THAT(sleeper.result(), delivers({{EPOLLIN, 42}}));

	const std::vector<trace_step> steps = log.of(set);
	ASSERT_THAT(steps, are({"create", "link", "hook", "ctl", "wait", "sleep", "notify", "woken", "scan_begin", "poll",
				"deliver", "scan_end", "wait_end"}));
	EXPECT_EQ(steps[0].number("fd"), set.fd());
	EXPECT_EQ(steps[1].text("events"), "IN|ERR|HUP");
	EXPECT_EQ(steps[1].number("data"), 42);
	EXPECT_EQ(steps[2].number("hook"), 1);
	EXPECT_EQ(steps[2].number("exclusive"), 0);
	EXPECT_EQ(steps[3].text("op"), "ADD");
	EXPECT_EQ(steps[3].number("result"), 0);
	EXPECT_EQ(steps[4].number("maxevents"), 16);
	EXPECT_LT(steps[4].number("timeout_ns"), 0);
	EXPECT_EQ(steps[4].thread, sleeper.tid());
	EXPECT_EQ(steps[5].thread, sleeper.tid());
	EXPECT_TRUE(steps[6].in_softirq);
	EXPECT_EQ(steps[6].text("outcome"), "queued");
	EXPECT_EQ(steps[6].number("sleeper"), sleeper.tid());
	EXPECT_EQ(steps[6].number("change"), steps[5].number("change") + 1);
	EXPECT_THAT(steps[6].text("key"), StartsWith("IN"));
	EXPECT_EQ(steps[7].text("why"), "woken");
	EXPECT_EQ(steps[8].number("change"), steps[6].number("change") + 1);
	EXPECT_EQ(steps[9].text("ready"), "IN");
	EXPECT_EQ(steps[10].text("fate"), "stays ready");
	EXPECT_EQ(steps[10].number("data"), 42);
	EXPECT_EQ(steps[11].number("change"), steps[8].number("change") + 1);
	EXPECT_EQ(steps[11].number("sleeper"), 0);
	EXPECT_EQ(steps[12].number("result"), 1);
	for (const std::size_t with_item : {2U, 6U, 9U, 10U}) {
		EXPECT_EQ(steps[with_item].text("item"), steps[1].text("item"));
		EXPECT_EQ(steps[with_item].number("fd"), tcp.ours);
	}
}

TEST_F(Steps, of_a_change_are_those_of_its_entries_and_of_its_wait)
{
	const unique_fd ready = make_eventfd(1);
	const unique_fd other = make_eventfd();
	const trace_log log;
	const event_set set = create();
	changes batch{entry(MYEPOLL_CHANGE_SET, ready, EPOLLIN, 42), entry(MYEPOLL_CHANGE_SET, ready, EPOLLIN | EPOLLET, 43),
		      entry(MYEPOLL_CTL_DEL, other), entry(MYEPOLL_CHANGE_DROP, other)};
	ASSERT_THAT(batch.wait_for(4, 0ms).apply(set), delivers({{EPOLLIN, 43}}));

	const std::vector<trace_step> steps = log.of(set);
	ASSERT_THAT(steps, are({"create", "change_begin", "link", "hook", "queue", "ctl", "modify", "queue", "ctl", "ctl", "ctl",
				"change_end", "wait", "scan_begin", "poll", "deliver", "scan_end", "wait_end"}));
	EXPECT_EQ(steps[1].number("count"), 4);
	EXPECT_EQ(steps[1].number("maxevents"), 4);
	EXPECT_EQ(steps[5].text("op"), "SET");
	EXPECT_EQ(steps[5].number("data"), 42);
	EXPECT_EQ(steps[8].text("op"), "SET");
	EXPECT_EQ(steps[9].text("op"), "DEL");
	EXPECT_EQ(steps[9].number("result"), -ENOENT);
	EXPECT_EQ(steps[10].text("op"), "DROP");
	EXPECT_EQ(steps[10].number("result"), 0);
	EXPECT_EQ(steps[11].number("tried"), 4);
	EXPECT_EQ(steps[11].number("result"), 0);
}

TEST_F(Steps, of_a_change_end_where_it_ends)
{
	const unique_fd ready = make_eventfd(1);
	const event_set set = create();
	const trace_log log;
	changes batch{entry(MYEPOLL_CTL_DEL, ready), entry(MYEPOLL_CTL_ADD, ready, EPOLLIN)};
	ASSERT_THAT(batch.set_flags(MYEPOLL_CHANGE_STOP_AT_ERROR).apply(set), returns(0));

	const std::vector<trace_step> steps = log.of(set);
	ASSERT_THAT(steps, are({"change_begin", "ctl", "change_end"}));
	EXPECT_EQ(steps[0].number("flags"), MYEPOLL_CHANGE_STOP_AT_ERROR);
	EXPECT_EQ(steps[0].number("maxevents"), 0);
	EXPECT_EQ(steps[2].number("tried"), 1);
}

// What a program takes from the ring leaves no trace.
TEST_F(Steps, of_a_ring_are_events_that_are_posted_added_to_and_taken_back)
{
	const unique_fd counter = make_eventfd();
	const trace_log log;
	const event_set set{backend::ring};
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET, 42), succeeds());
	signal_eventfd(counter);
	signal_eventfd(counter);
	ASSERT_THAT(set.wait(), delivers({{EPOLLIN, 42}}));
	signal_eventfd(counter);
	ASSERT_THAT(set.mod(counter, EPOLLIN | EPOLLET, 43), succeeds());
	ASSERT_THAT(set.del(counter), succeeds());

	const std::vector<trace_step> steps = log.of(set);
	ASSERT_THAT(steps, are({"create", "ring", "change_begin", "link", "hook", "ctl", "change_end", "post", "notify", "post", "notify",
				"post", "notify", "change_begin", "take_back", "modify", "post", "queue", "ctl", "change_end",
				"take_back", "unlink", "ctl"}));
	EXPECT_GT(steps[1].number("slots"), 0);
	EXPECT_GE(steps[1].number("fd"), 0);
	EXPECT_EQ(steps[7].text("events"), "IN");
	EXPECT_EQ(steps[7].number("data"), 42);
	EXPECT_EQ(steps[7].number("seq"), 0);
	EXPECT_EQ(steps[7].number("fd"), counter);
	EXPECT_EQ(steps[7].text("item"), steps[3].text("item"));
	EXPECT_EQ(steps[7].number("change"), steps[1].number("change") + 1);
	EXPECT_EQ(steps[8].text("outcome"), "posted");
	EXPECT_EQ(steps[8].number("change"), steps[7].number("change"));
	EXPECT_EQ(steps[9].number("seq"), 0);
	EXPECT_EQ(steps[9].number("change"), steps[8].number("change") + 1);
	EXPECT_EQ(steps[10].text("outcome"), "merged");
	EXPECT_EQ(steps[11].number("seq"), 1);
	EXPECT_EQ(steps[14].number("seq"), 1);
	EXPECT_EQ(steps[14].number("change"), steps[12].number("change") + 1);
	EXPECT_EQ(steps[16].number("seq"), 2);
	EXPECT_EQ(steps[16].number("data"), 43);
	EXPECT_EQ(steps[17].text("outcome"), "posted");
	EXPECT_EQ(steps[20].number("seq"), 2);
	EXPECT_EQ(steps[20].text("item"), steps[3].text("item"));
}

TEST_F(Steps, of_a_ring_lead_from_the_callback_to_the_sleeper_that_takes_the_event)
{
	const unique_fd counter = make_eventfd();
	const event_set set{backend::ring};
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET | EPOLLONESHOT), succeeds());
	const trace_log log;
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());

	signal_eventfd(counter);
	ASSERT_THAT(sleeper.result(), delivers({{EPOLLIN, counter}}));
	signal_eventfd(counter);

	const std::vector<trace_step> steps = log.of(set);
	ASSERT_THAT(steps, are({"wait", "sleep", "post", "notify", "woken", "wait_end", "notify"}));
	EXPECT_EQ(steps[3].text("outcome"), "posted");
	EXPECT_EQ(steps[3].number("sleeper"), sleeper.tid());
	EXPECT_EQ(steps[4].text("why"), "woken");
	EXPECT_EQ(steps[5].number("result"), 0);
	EXPECT_EQ(steps[6].text("outcome"), "disabled");
	EXPECT_EQ(steps[6].number("sleeper"), 0);
}

// What a ring cannot tell, WAIT does.
TEST_F(Steps, of_a_ring_that_is_full_go_by_the_ready_list)
{
	std::array<unique_fd, 9> counters;
	const event_set set{backend::ring};
	for (unique_fd& counter : counters) {
		counter = make_eventfd();
		ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	}
	const trace_log log;

	for (const unique_fd& counter : counters)
		signal_eventfd(counter);
	ASSERT_THAT(set.wait(), returns(9));

	EXPECT_THAT(only("post", log.of(set)), SizeIs(8));
	EXPECT_EQ(only("notify", log.of(set)).back().text("outcome"), "queued");
	EXPECT_EQ(the_only("deliver", log.of(set)).number("fd"), counters[8]);
}

TEST_F(Steps, show_what_becomes_of_a_delivered_item)
{
	const unique_fd level = make_eventfd(1);
	const unique_fd edge = make_eventfd(1);
	const unique_fd oneshot = make_eventfd(1);
	const event_set set = create();
	ASSERT_THAT(set.add(level, EPOLLIN), succeeds());
	ASSERT_THAT(set.add(edge, EPOLLIN | EPOLLET), succeeds());
	ASSERT_THAT(set.add(oneshot, EPOLLIN | EPOLLONESHOT), succeeds());
	const trace_log log;

	ASSERT_THAT(set.wait(), returns(3));
	ASSERT_THAT(set.wait(), returns(1));
	signal_eventfd(oneshot);

	const std::vector<trace_step> delivered = only("deliver", log.of(set));
	ASSERT_EQ(delivered.size(), 4U);
	EXPECT_EQ(delivered[0].text("fate"), "stays ready");
	EXPECT_EQ(delivered[1].text("fate"), "leaves");
	EXPECT_EQ(delivered[2].text("fate"), "disabled");
	EXPECT_EQ(delivered[3].number("fd"), level);
	EXPECT_EQ(the_only("notify", log.of(set)).text("outcome"), "disabled");
}

TEST_F(Steps, tell_a_poll_that_found_nothing)
{
	const unique_fd target = make_eventfd(1);
	const event_set set = create();
	ASSERT_THAT(set.add(target, EPOLLIN), succeeds());
	take_eventfd(target);
	const trace_log log;

	ASSERT_THAT(set.wait(), delivers_nothing());

	const std::vector<trace_step> steps = log.of(set);
	ASSERT_THAT(steps, are({"wait", "scan_begin", "poll", "scan_end", "wait_end"}));
	EXPECT_EQ(steps[2].text("ready"), "");
	EXPECT_EQ(steps[4].number("result"), 0);
}

TEST_F(Steps, tell_why_a_sleeper_runs_again)
{
	const event_set set = create();
	const trace_log log;

	ASSERT_THAT(set.wait(1ms), delivers_nothing());
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());
	sleeper.interrupt();
	ASSERT_THAT(sleeper.result(), fails_with(EINTR));

	const std::vector<trace_step> woken = only("woken", log.of(set));
	ASSERT_EQ(woken.size(), 2U);
	EXPECT_EQ(woken[0].text("why"), "timeout");
	EXPECT_EQ(woken[1].text("why"), "signal");
	EXPECT_EQ(woken[1].thread, sleeper.tid());
	const std::vector<trace_step> ends = only("wait_end", log.of(set));
	ASSERT_EQ(ends.size(), 2U);
	EXPECT_EQ(ends[1].number("result"), -EINTR);
}

TEST_F(Steps, tell_an_item_that_was_queued_already_and_one_that_nobody_wants)
{
	const pipe_ends pipe = make_pipe();
	const event_set set = create();
	ASSERT_THAT(set.add(pipe.reader, EPOLLIN), succeeds());
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLOUT | EPOLLET), succeeds());
	ASSERT_THAT(set.wait(), returns(1));
	const trace_log log;

	write_bytes(pipe.writer, 1);
	write_bytes(pipe.writer, 1);
	signal_eventfd(counter);

	const std::vector<trace_step> steps = log.of(set);
	ASSERT_THAT(steps, are({"notify", "notify", "notify"}));
	EXPECT_EQ(steps[0].text("outcome"), "queued");
	EXPECT_EQ(steps[1].text("outcome"), "already queued");
	EXPECT_EQ(steps[1].number("change"), steps[0].number("change"));
	EXPECT_EQ(steps[2].text("outcome"), "unwanted");
}

TEST_F(Steps, of_ctl_show_what_it_did_and_its_result)
{
	const unique_fd target = make_eventfd(1);
	const trace_log log;
	const event_set set = create();

	ASSERT_THAT(set.add(target, EPOLLIN, 1), succeeds());
	ASSERT_THAT(set.add(target, EPOLLIN, 1), fails_with(EEXIST));
	ASSERT_THAT(set.mod(target, EPOLLOUT, 2), succeeds());
	ASSERT_THAT(set.del(target), succeeds());
	ASSERT_THAT(set.del(target), fails_with(ENOENT));

	const std::vector<trace_step> steps = log.of(set);
	ASSERT_THAT(steps, are({"create", "link", "hook", "queue", "ctl", "ctl", "modify", "queue", "ctl", "unlink", "ctl", "ctl"}));
	EXPECT_EQ(steps[3].text("outcome"), "queued");
	EXPECT_EQ(steps[3].number("sleeper"), 0);
	EXPECT_EQ(steps[5].number("result"), -EEXIST);
	EXPECT_EQ(steps[6].text("events"), "OUT|ERR|HUP");
	EXPECT_EQ(steps[6].number("data"), 2);
	EXPECT_EQ(steps[7].text("outcome"), "already queued");
	EXPECT_EQ(steps[8].text("op"), "MOD");
	EXPECT_EQ(steps[9].text("why"), "DEL");
	EXPECT_GT(steps[9].number("change"), steps[7].number("change"));
	EXPECT_EQ(steps[10].text("op"), "DEL");
	EXPECT_EQ(steps[11].number("result"), -ENOENT);
}

TEST_F(Steps, tell_a_closed_target_from_a_closed_instance)
{
	unique_fd first = make_eventfd();
	const unique_fd second = make_eventfd();
	const trace_log log;
	event_set set = create();
	const std::uint64_t number = trace_log::number_of(set);
	const int first_number = first;
	ASSERT_THAT(set.add(first, EPOLLIN), succeeds());
	ASSERT_THAT(set.add(second, EPOLLIN), succeeds());

	first.close();
	set.close();

	const std::vector<trace_step> steps = after(7, log.of(number));
	ASSERT_THAT(steps, are({"unlink", "release", "unlink"}));
	EXPECT_EQ(steps[0].text("why"), "target closed");
	EXPECT_EQ(steps[0].number("fd"), first_number);
	EXPECT_EQ(steps[2].text("why"), "instance closed");
	EXPECT_EQ(steps[2].number("fd"), second);
}

// The wakeup of the inner set's target goes on to the outer set within the callback.
TEST_F(Steps, of_a_nested_set_follow_the_wakeup_outwards)
{
	const unique_fd target = make_eventfd();
	const event_set inner = create();
	const event_set outer = create();
	ASSERT_THAT(inner.add(target, EPOLLIN), succeeds());
	ASSERT_THAT(outer.add(inner.fd(), EPOLLIN), succeeds());
	const trace_log log;

	signal_eventfd(target);
	ASSERT_THAT(outer.wait(), delivers({{EPOLLIN, inner.fd()}}));

	EXPECT_THAT(log.all(), are({"notify", "notify", "wait", "scan_begin", "scan_begin", "poll", "scan_end", "poll", "deliver",
				    "scan_end", "wait_end"}));
	EXPECT_THAT(log.of(inner), are({"notify", "scan_begin", "poll", "scan_end"}));
	EXPECT_EQ(the_only("poll", log.of(outer)).number("fd"), inner.fd());
}

// The first instance that takes the wakeup keeps it from the others.
TEST_F(Steps, of_an_exclusive_wakeup_end_at_the_first_instance)
{
	const unique_fd target = make_eventfd();
	const event_set first = create();
	const event_set second = create();
	const trace_log log;
	for (const event_set* set : {&first, &second})
		ASSERT_THAT(set->add(target, EPOLLIN | EPOLLEXCLUSIVE), succeeds());
	EXPECT_EQ(the_only("hook", log.of(first)).number("exclusive"), 1);
	waiter first_sleeper{first};
	ASSERT_TRUE(first_sleeper.falls_asleep());
	waiter second_sleeper{second};
	ASSERT_TRUE(second_sleeper.falls_asleep());

	signal_eventfd(target);
	ASSERT_THAT(first_sleeper.result(), returns(1));

	EXPECT_THAT(only("notify", log.of(first)), SizeIs(1));
	EXPECT_THAT(only("notify", log.of(second)), IsEmpty());
	second_sleeper.interrupt();
}

// What becomes ready while a scan runs goes to the overflow list, and joins the ready list when the scan ends.
TEST_F(Steps, show_an_arrival_during_a_scan)
{
	if (const auto why = polled_file::why_impossible())
		GTEST_SKIP() << *why;
	const event_set set = create();
	polled_file slow{EPOLLIN};
	const unique_fd target = make_eventfd();
	ASSERT_THAT(set.add(slow.fd(), EPOLLIN), succeeds());
	ASSERT_THAT(set.add(target, EPOLLIN), succeeds());
	const trace_log log;

	slow.hold();
	waiter scanner{set, for_ever, 1};
	slow.await_question();
	signal_eventfd(target);
	signal_eventfd(target);
	slow.release();
	ASSERT_THAT(scanner.result(), returns(1));

	const std::vector<trace_step> steps = log.of(set);
	ASSERT_THAT(steps, are({"wait", "scan_begin", "notify", "notify", "poll", "deliver", "scan_end", "wait_end"}));
	EXPECT_EQ(steps[2].text("outcome"), "overflowed");
	EXPECT_EQ(steps[2].number("fd"), target);
	EXPECT_EQ(steps[3].text("outcome"), "already queued");
	EXPECT_EQ(steps[6].number("change"), steps[2].number("change") + 1);
}

TEST_F(Steps, show_who_is_woken_at_the_end_of_a_scan)
{
	const unique_fd first = make_eventfd();
	const unique_fd second = make_eventfd();
	const event_set set = create();
	ASSERT_THAT(set.add(first, EPOLLIN), succeeds());
	ASSERT_THAT(set.add(second, EPOLLIN), succeeds());
	waiter last{set, for_ever, 1};
	ASSERT_TRUE(last.falls_asleep());
	waiter next{set, for_ever, 1};
	ASSERT_TRUE(next.falls_asleep());
	const trace_log log;

	signal_eventfd(first);
	ASSERT_THAT(next.result(), returns(1));
	ASSERT_THAT(last.result(), returns(1));

	const std::vector<trace_step> ends = only("scan_end", log.of(set));
	ASSERT_GE(ends.size(), 2U);
	EXPECT_EQ(ends[0].number("sleeper"), last.tid());
}

TEST_F(Steps, of_poll_on_an_instance_show_its_scan)
{
	const unique_fd target = make_eventfd(1);
	const event_set set = create();
	ASSERT_THAT(set.add(target, EPOLLIN), succeeds());
	const trace_log log;

	pollfd instance{set.fd(), POLLIN, 0};
	ASSERT_EQ(poll(&instance, 1, 0), 1);

	take_eventfd(target);
	ASSERT_EQ(poll(&instance, 1, 0), 0);

	const std::vector<trace_step> steps = log.of(set);
	ASSERT_THAT(steps, are({"scan_begin", "poll", "scan_end", "notify", "scan_begin", "poll", "scan_end"}));
	EXPECT_EQ(steps[1].text("ready"), "IN");
	EXPECT_EQ(steps[3].text("outcome"), "unwanted");
	EXPECT_EQ(steps[5].text("ready"), "");
}

} // namespace
