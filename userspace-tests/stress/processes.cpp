// SPDX-License-Identifier: GPL-2.0-only
// Processes that share a set through fork, and come and go.
#include "support/shared_page.hpp"
#include "support/storm.hpp"
#include "support/test.hpp"

#include <sys/wait.h>

#include <csignal>
#include <deque>

using namespace support;

namespace {

SEMANTICS_SUITE(Processes);

// Counters that all processes of a test share.
struct shared_numbers {
	std::atomic<unsigned> put = 0;
	std::atomic<unsigned> taken = 0;
	std::atomic<bool> over = false;
};

constexpr std::uint64_t quit_data = ~0ULL;

// behaviours: 41, 62, 100
TEST_P(Processes, share_the_work_of_one_set)
{
	const event_set set = create();
	const std::array<unique_fd, 4> counters{make_eventfd(), make_eventfd(), make_eventfd(),
						make_eventfd()};
	for (std::size_t i = 0; i < counters.size(); ++i)
		ASSERT_THAT(set.add(counters[i], EPOLLIN | EPOLLET, i), succeeds());
	const unique_fd quit = make_eventfd();
	ASSERT_THAT(set.add(quit, EPOLLIN, quit_data), succeeds());
	const shared_page<shared_numbers> numbers;
	std::deque<child_process> workers;
	for (int i = 0; i < 3; ++i)
		workers.emplace_back([&] {
			for (;;)
				for (const event& e : set.wait(for_ever, 2).events) {
					if (e.data == quit_data)
						return;
					numbers->taken += static_cast<unsigned>(take_eventfd(counters[e.data]));
				}
		});

	storm weather;
	dice roll = weather.next_dice();
	while (weather.goes_on()) {
		for (const unique_fd& counter : counters) {
			const unsigned tokens = 1 + roll.below(5);
			signal_eventfd(counter, tokens);
			numbers->put += tokens;
		}
		await([&] { return numbers->taken == numbers->put; });
	}
	signal_eventfd(quit);
	for (child_process& worker : workers)
		EXPECT_EQ(worker.join(), 0);
	weather.note(std::to_string(numbers->taken) + " tokens");
}

//	Children watch files of their own in the set, and some children are killed: what only they
//	had open must be gone with them.
//
// behaviours: 125, 131
TEST_P(Processes, leave_nothing_behind_in_a_shared_set)
{
	const event_set set = create();
	const unique_fd shared = make_eventfd(1);
	ASSERT_THAT(set.add(shared, EPOLLIN), succeeds());
	storm weather;
	dice roll = weather.next_dice();
	unsigned children = 0;
	while (weather.goes_on()) {
		std::deque<child_process> crowd;
		for (int i = 0; i < 3; ++i)
			crowd.emplace_back([&set] {
				for (int turn = 0;; ++turn) {
					const unique_fd own = make_eventfd(1);
					const pipe_ends pipe = make_pipe();
					(void)set.add(own, EPOLLIN);
					(void)set.add(pipe.reader, EPOLLIN | EPOLLET);
					(void)set.wait(0ms, 4);
					if (turn == 50)
						return;
				}
			});
		for (child_process& child : crowd) {
			if (roll.one_in(2))
				child.kill(SIGKILL);
			child.join();
			++children;
		}
		ASSERT_THAT(set.wait(), delivers({{EPOLLIN, shared}}));
		await([&] { return fdinfo_of(set.fd()).size() == 1; });
	}
	weather.note(std::to_string(children) + " children");
}

} // namespace
