// SPDX-License-Identifier: GPL-2.0-only
// The function by which the module learns of a close is also traced by others, with ftrace and with
// a kprobe, which are switched on and off while watched files are closed.
#include "support/kernel_module.hpp"
#include "support/storm.hpp"
#include "support/test.hpp"


using namespace support;

namespace {

const std::string tracing = "/sys/kernel/tracing/";
const std::string function = "locks_remove_file";
constexpr int least_rounds = 5;

class TracedClose : public module_test {
protected:
	void TearDown() override
	{
		stop_tracing();
		stop_probing();
		module_test::TearDown();
	}
	static void start_tracing()
	{
		ASSERT_EQ(write_word(tracing + "set_ftrace_filter", function), 0);
		ASSERT_EQ(write_word(tracing + "current_tracer", "function"), 0);
	}
	static void stop_tracing()
	{
		EXPECT_EQ(write_word(tracing + "current_tracer", "nop"), 0);
		EXPECT_EQ(write_word(tracing + "set_ftrace_filter", "\n"), 0);
		EXPECT_EQ(write_word(tracing + "trace", "\n"), 0);
	}
	static void start_probing()
	{
		ASSERT_EQ(write_word(tracing + "kprobe_events", "p:myepoll_test/close " + function), 0);
		ASSERT_EQ(write_word(tracing + "events/myepoll_test/close/enable", "1"), 0);
	}
	static void stop_probing()
	{
		write_word(tracing + "events/myepoll_test/close/enable", "0");
		write_word(tracing + "kprobe_events", "-:myepoll_test/close");
	}
};

// A closed file is no longer watched when close() returns, whoever else traces it.
void close_watched_files(const std::atomic<bool>& over, std::atomic<long>& closed)
{
	const event_set set = create_set();
	while (!over) {
		socket_ends pair = make_unix_pair();
		ASSERT_THAT(set.add(pair.ours, EPOLLIN), succeeds());
		write_bytes(pair.peer, 1);
		ASSERT_THAT(set.wait(), delivers({{EPOLLIN, pair.ours}}));
		ASSERT_EQ(drain(pair.ours), 1U);
		pair.ours.close();
		ASSERT_THAT(set.wait(), delivers_nothing());
		ASSERT_EQ(read_bytes(pair.peer, 1), 0U) << "no end of file after a close";
		++closed;
	}
}

TEST_F(TracedClose, loses_nothing_to_those_who_look_at_the_same_function)
{
	may_take(120s);
	ASSERT_EQ(load_module(module()), 0);
	std::atomic<bool> over = false;
	std::atomic<long> closed = 0;
	storm weather;
	for (int i = 0; i < 3; ++i)
		weather.start([&](dice) { close_watched_files(over, closed); });
	int rounds = 0;
	const auto a_few_more = [&] {
		const long before = closed;
		await([&] { return closed >= before + 10; });
	};
	for (; (rounds < least_rounds || weather.goes_on()) && !HasFatalFailure(); ++rounds) {
		start_tracing();
		a_few_more();
		start_probing();
		a_few_more();
		stop_tracing();
		a_few_more();
		stop_probing();
		a_few_more();
	}
	over = true;
	weather.join();
	weather.note(std::to_string(rounds) + " rounds, " + std::to_string(closed.load()) + " files");
}

} // namespace
