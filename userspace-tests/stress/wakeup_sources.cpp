// SPDX-License-Identifier: GPL-2.0-only
// WAKEUP is set and cleared while events come and go: afterwards nothing keeps the machine awake.
#include "support/storm.hpp"
#include "support/test.hpp"
#include "support/wakeup_source.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <array>

using namespace support;

namespace {

constexpr const char* source_name = "myepoll-storm-fifo";

class WakeupStorm : public semantics_test {
protected:
	std::optional<std::string> why_impossible() const override { return wakeup_sources::why_impossible(); }
	void prepare() override
	{
		checked(mkfifo(folder_.path(source_name).c_str(), 0600), "mkfifo");
	}
	// All targets have the same name, which is also the name of their wakeup sources.
	unique_fd open_target() const
	{
		return open_file(folder_.path(source_name), O_RDWR | O_NONBLOCK);
	}
	std::string shared_name() const { return on_myepoll() ? "myepoll" : "eventpoll"; }
	void expect_no_source() const
	{
		EXPECT_EQ(wakeup_sources::count(source_name), 0);
		EXPECT_EQ(wakeup_sources::count(shared_name()), 0);
	}

private:
	temporary_folder folder_;
};

SEMANTICS_INSTANCES(WakeupStorm);

// An ADD, MOD or DEL with or without WAKEUP.
void change_something(const event_set& set, int target, dice& roll)
{
	const std::array<std::uint32_t, 3> modes{EPOLLIN, EPOLLIN | EPOLLET, EPOLLIN | EPOLLONESHOT};
	const std::uint32_t mode = roll.one_of(modes);
	if (roll.one_in(3))
		set.del(target);
	else if (set.mod(target, mode | (roll.one_in(2) ? EPOLLWAKEUP : 0U)) < 0)
		set.add(target, mode | EPOLLWAKEUP);
}

//	outer <- set <- three targets
//
// behaviours: 71
TEST_P(WakeupStorm, leaves_nothing_active_once_all_events_are_taken)
{
	event_set set = create();
	const event_set outer = create();
	ASSERT_THAT(outer.add(set.fd(), EPOLLIN), succeeds());
	const std::array<unique_fd, 3> targets{open_target(), open_target(), open_target()};
	std::atomic<unsigned> changes = 0;
	storm weather;
	for (unsigned i = 0; i < 2; ++i)
		weather.start([&](dice roll) {
			for (; weather.goes_on(); ++changes)
				change_something(set, targets[roll.below(3)], roll);
		});
	weather.start([&](dice roll) {
		while (weather.goes_on())
			if (roll.one_in(2))
				write_bytes(targets[roll.below(3)], 1);
			else
				drain(targets[roll.below(3)]);
	});
	weather.start([&](dice roll) {
		while (weather.goes_on()) {
			set.wait(0ms, 1 + static_cast<int>(roll.below(3)));
			outer.wait(std::chrono::milliseconds{roll.below(2)});
		}
	});
	weather.join();
	for (const unique_fd& target : targets)
		drain(target);
	EXPECT_THAT(set.wait(), delivers_nothing());
	EXPECT_EQ(wakeup_sources::count_active(source_name), 0);
	EXPECT_EQ(wakeup_sources::count_active(shared_name()), 0);
	set.close();
	expect_no_source();
	weather.note(std::to_string(changes) + " changes");
}

// behaviours: 71, 121, 131
TEST_P(WakeupStorm, leaves_nothing_of_targets_and_sets_that_are_closed_while_active)
{
	std::atomic<unsigned> rounds = 0;
	storm weather;
	for (unsigned i = 0; i < 3; ++i)
		weather.start([&](dice roll) {
			for (; weather.goes_on(); ++rounds) {
				event_set set = create();
				unique_fd target = open_target();
				set.add(target, EPOLLIN | EPOLLWAKEUP);
				write_bytes(target, 1);
				if (roll.one_in(2))
					set.wait();
				if (roll.one_in(2))
					target.close();
				else
					set.close();
			}
		});
	weather.join();
	expect_no_source();
	weather.note(std::to_string(rounds) + " rounds");
}

} // namespace
