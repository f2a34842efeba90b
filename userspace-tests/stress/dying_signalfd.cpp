// SPDX-License-Identifier: GPL-2.0-only
// Tasks whose signals are watched die while the items that watch them are removed, by each of the
// three removal paths.
#include "support/storm.hpp"
#include "support/team.hpp"
#include "support/test.hpp"

#include <sys/signalfd.h>
#include <sys/wait.h>

#include <csignal>
#include <deque>
#include <functional>
#include <optional>

using namespace support;

namespace {

constexpr unsigned children = 3;

// A set to which children added one signalfd, each under a descriptor of its own, before they died.
// Their signals are watched until they are reaped.
struct scene {
	explicit scene(event_set set_) : set{std::move(set_)}
	{
		for (unsigned i = 0; i < children; ++i) {
			numbers.push_back(duplicate(signals));
			crowd.emplace_back([this, i] {
				EXPECT_THAT(set.add(numbers[i], EPOLLIN), succeeds());
			});
		}
		for (const child_process& child : crowd) {
			siginfo_t ended{};
			waitid(P_PID, static_cast<id_t>(child.pid()), &ended, WEXITED | WNOWAIT);
		}
	}
	void reap()
	{
		for (child_process& child : crowd)
			child.join();
	}

	event_set set;
	unique_fd signals = make_signalfd(SIGUSR1);
	std::vector<unique_fd> numbers;
	std::deque<child_process> crowd;
};

class DyingSignalfdStorm : public semantics_test {
protected:
	// In each round, does the deed while the tasks are reaped, then checks the scene.
	void meets_the_end_of_the_tasks(const std::function<void(scene&)>& deed,
					const std::function<void(scene&)>& look)
	{
		std::optional<scene> s;
		storm weather;
		team race{weather, {[&] { s->reap(); }}};
		unsigned rounds = 0;
		for (; weather.goes_on() && !HasFatalFailure(); ++rounds) {
			s.emplace(create());
			race.together([&] { deed(*s); });
			look(*s);
		}
		weather.note(std::to_string(rounds) + " rounds");
	}
};

SEMANTICS_INSTANCES(DyingSignalfdStorm);

void expect_empty_set(const scene& s) { ASSERT_THAT(fdinfo_of(s.set.fd()), testing::IsEmpty()); }

void expect_live_signalfd(const scene& s)
{
	ASSERT_EQ(raise(SIGUSR1), 0);
	signalfd_siginfo signal{};
	ASSERT_EQ(read(s.signals, &signal, sizeof(signal)), ssize_t{sizeof(signal)});
}

// behaviours: 134, 155
TEST_P(DyingSignalfdStorm, del_meets_the_end_of_the_task)
{
	const auto del = [](const scene& s) {
		for (const unique_fd& number : s.numbers)
			EXPECT_THAT(s.set.del(number), succeeds());
	};
	meets_the_end_of_the_tasks(del, expect_empty_set);
}

// behaviours: 134, 155
TEST_P(DyingSignalfdStorm, the_last_close_meets_the_end_of_the_task)
{
	const auto close = [](scene& s) {
		s.numbers.clear();
		s.signals.close();
	};
	meets_the_end_of_the_tasks(close, expect_empty_set);
}

// behaviours: 134, 155
TEST_P(DyingSignalfdStorm, the_end_of_the_set_meets_the_end_of_the_task)
{
	meets_the_end_of_the_tasks([](scene& s) { s.set.close(); }, expect_live_signalfd);
}

} // namespace
