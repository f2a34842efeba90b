// SPDX-License-Identifier: GPL-2.0-only
// When the module can be unloaded; none of its code may run afterwards.
#include "support/processor.hpp"
#include "support/repeating_thread.hpp"
#include "support/team.hpp"
#include "support/test.hpp"
#include "support/unload_storm.hpp"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

using namespace support;

namespace {

class Unload : public module_test {};

TEST_F(Unload, is_refused_while_the_device_is_open)
{
	ASSERT_EQ(load_module(module()), 0);
	unique_fd device = open_device();
	EXPECT_THAT(unload_module(), fails_with(EWOULDBLOCK));
	device.close();
	EXPECT_EQ(unload_module(), 0);
}

TEST_F(Unload, is_refused_while_an_instance_is_open_anywhere)
{
	ASSERT_EQ(load_module(module()), 0);
	event_set set = create_set(open_device());
	const unique_fd target = make_eventfd(1);
	ASSERT_THAT(set.add(target, EPOLLIN), succeeds());
	EXPECT_THAT(unload_module(), fails_with(EWOULDBLOCK));

	unique_fd copy = duplicate(set.fd());
	set.close();
	EXPECT_THAT(unload_module(), fails_with(EWOULDBLOCK));

	const event_set still_good{backend::myepoll, std::move(copy)};
	EXPECT_THAT(still_good.wait(), delivers({{EPOLLIN, target}}));
}

const std::string trace_events = "/sys/kernel/tracing/events/myepoll";

void use_a_set()
{
	const event_set set = create_set(open_device());
	const unique_fd target = make_eventfd(1);
	ASSERT_THAT(set.add(target, EPOLLIN), succeeds());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, target}}));
}

// The trace buffer keeps no record whose text only the module knows.
TEST_F(Unload, switches_trace_events_off)
{
	for (int cycle = 0; cycle < 3; ++cycle) {
		ASSERT_EQ(load_module(module()), 0);
		EXPECT_EQ(read_all(trace_events + "/enable"), "0\n");
		ASSERT_EQ(write_word(trace_events + "/enable", "1"), 0);
		use_a_set();
		EXPECT_THAT(read_all("/sys/kernel/tracing/trace"), testing::HasSubstr("myepoll_deliver"));
		ASSERT_EQ(unload_module(), 0);
		EXPECT_FALSE(std::filesystem::exists(trace_events));
		EXPECT_THAT(read_all("/sys/kernel/tracing/trace"), testing::Not(testing::HasSubstr("myepoll")));
	}
}

TEST_F(Unload, is_refused_while_perf_counts_an_event)
{
	ASSERT_EQ(load_module(module()), 0);
	perf_event_attr wanted{};
	wanted.size = sizeof(wanted);
	wanted.type = PERF_TYPE_TRACEPOINT;
	wanted.config = std::stoull(read_all(trace_events + "/myepoll_deliver/id"));
	unique_fd event{checked(static_cast<int>(syscall(SYS_perf_event_open, &wanted, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)),
				"perf_event_open")};
	use_a_set();
	EXPECT_THAT(unload_module(), fails_with(EWOULDBLOCK));
	event.close();
	EXPECT_EQ(unload_module(), 0);
}

// Opens and closes sockets, and watches some of them while the module is loaded.
class traffic {
public:
	long rounds() const { return rounds_; }
	long rounds_on_module() const { return on_module_; }

	void operator()()
	{
		while (!stop_) {
			socket_ends sockets = make_unix_pair();
			// Not every time, or the module could hardly ever be unloaded.
			if (rounds_ % 4 == 0)
				serve(open_device(), sockets);
			sockets.ours.close();
			EXPECT_EQ(read_bytes(sockets.peer, 1), 0U) << "no end of file after a close";
			++rounds_;
			// An unload waits until each task has given up its processor once.
			std::this_thread::yield();
		}
	}

	void stop() { stop_ = true; }

private:
	void serve(const unique_fd& device, socket_ends& sockets)
	{
		if (device < 0)
			return;
		const event_set set = create_set(device);
		const unique_fd silent = make_eventfd();
		ASSERT_THAT(set.add(sockets.ours, EPOLLIN, 1), succeeds());
		ASSERT_THAT(set.add(silent, EPOLLIN, 2), succeeds());
		write_bytes(sockets.peer, 1);
		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, 1}}));
		EXPECT_EQ(drain(sockets.ours), 1U);
		sockets.ours.close();
		EXPECT_THAT(set.wait(), delivers_nothing());
		++on_module_;
	}

	std::atomic<long> rounds_ = 0;
	std::atomic<long> on_module_ = 0;
	std::atomic<bool> stop_ = false;
};

// Closes targets and, at the same moment, the only set that watches them. A closed instance does
// not pin the module, but the close of a target may still have to work on its items. That takes one
// close that begins in the middle of the other: both run on one CPU, and have much to do.
class closes_of_both {
public:
	explicit closes_of_both(storm& weather) : race_{weather, {[this] { close_targets(); }}} {}
	long rounds_on_module() const { return on_module_; }

	void round()
	{
		stay_on_processor(0);
		watch();
		if (set_.has_value()) {
			race_.together([this] { set_.reset(); });
			++on_module_;
		}
		// An unload waits until each task has given up its processor once.
		std::this_thread::yield();
	}

private:
	void close_targets()
	{
		stay_on_processor(0);
		targets_.clear();
	}
	void watch()
	{
		const unique_fd device = open_device();
		if (device < 0)
			return;
		set_.emplace(create_set(device));
		for (int i = 0; i < 900; ++i) {
			targets_.push_back(make_eventfd());
			ASSERT_THAT(set_->add(targets_.back(), EPOLLIN), succeeds());
		}
	}

	std::optional<event_set> set_;
	std::vector<unique_fd> targets_;
	std::atomic<long> on_module_ = 0;
	team race_; // last: its thread uses the members above
};

class UnloadStorm : public unload_storm {};

TEST_F(UnloadStorm, meets_all_kinds_of_traffic)
{
	std::array<traffic, 3> loads;
	std::vector<std::unique_ptr<helper_thread>> threads;
	for (traffic& load : loads)
		threads.push_back(std::make_unique<helper_thread>([&load] { load(); }));
	load_and_unload_beside([&] {
		long sum = 0;
		for (const traffic& load : loads)
			sum += load.rounds_on_module();
		return sum;
	});
	for (traffic& load : loads) {
		load.stop();
		EXPECT_GT(load.rounds(), load.rounds_on_module());
	}
	for (const auto& thread : threads)
		thread->join();
}

// behaviours: 131, 133
TEST_F(UnloadStorm, meets_closes_of_targets_beside_those_of_their_sets)
{
	storm weather;
	closes_of_both closes{weather};
	const repeating_thread thread{[&] { closes.round(); }};
	load_and_unload_beside([&] { return closes.rounds_on_module(); });
}

} // namespace
