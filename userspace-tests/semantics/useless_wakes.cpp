// SPDX-License-Identifier: GPL-2.0-only
// Wakeups after which no watched event is ready. The items here wait for out-of-band data, which never
// comes, and a unix stream socket wakes up its watchers, without a key, each time its peer is shut down.
#include "support/test.hpp"

#include <chrono>
#include <fstream>
#include <string>

using namespace support;

namespace {

SEMANTICS_SUITE(UselessWakes);

void wake_in_vain(const socket_ends& pair) { checked(shutdown(pair.peer, SHUT_WR), "shutdown"); }

// How often the thread has given up its CPU voluntarily.
long sleeps_of(pid_t thread)
{
	std::ifstream file{"/proc/self/task/" + std::to_string(thread) + "/status"};
	const std::string name = "voluntary_ctxt_switches:";
	for (std::string line; std::getline(file, line);)
		if (line.starts_with(name))
			return std::stol(line.substr(name.size()));
	throw std::runtime_error{"no " + name + " in the status of a thread"};
}

// behaviours: 49
TEST_P(UselessWakes, leave_nothing_to_deliver)
{
	const event_set set = create();
	const socket_ends pair = make_unix_pair();
	ASSERT_THAT(set.add(pair.ours, EPOLLPRI), succeeds());

	wake_in_vain(pair);

	EXPECT_THAT(set.wait(), delivers_nothing());
}

// behaviours: 49
TEST_P(UselessWakes, put_a_sleeper_back_to_sleep)
{
	const event_set set = create();
	const socket_ends pair = make_unix_pair();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(pair.ours, EPOLLPRI), succeeds());
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());

	for (int i = 0; i < 5; ++i) {
		const long before = sleeps_of(sleeper.tid());
		wake_in_vain(pair);
		await([&] { return sleeper.returned() || sleeps_of(sleeper.tid()) > before; });
		ASSERT_FALSE(sleeper.returned());
	}

	signal_eventfd(counter);
	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, counter}}));
}

// behaviours: 49, 77
TEST_P(UselessWakes, end_no_wait_before_its_deadline)
{
	constexpr std::chrono::milliseconds timeout{200};
	const event_set set = create();
	const socket_ends pair = make_unix_pair();
	ASSERT_THAT(set.add(pair.ours, EPOLLPRI), succeeds());

	const auto start = std::chrono::steady_clock::now();
	waiter sleeper{set, timeout};
	while (!sleeper.returned())
		wake_in_vain(pair);
	const auto took = std::chrono::steady_clock::now() - start;

	EXPECT_THAT(sleeper.result(), delivers_nothing());
	EXPECT_GE(took, timeout);
}

} // namespace
