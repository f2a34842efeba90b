// SPDX-License-Identifier: GPL-2.0-only
// A target is closed while a waiter polls it. The waiter then holds the last reference and drops it
// after ->poll() returns.
#include "support/polled_file.hpp"
#include "support/test.hpp"

using namespace support;

namespace {

class CloseDuringPoll : public semantics_test {
protected:
	std::optional<std::string> why_impossible() const override { return polled_file::why_impossible(); }
};

SEMANTICS_INSTANCES(CloseDuringPoll);

// Whether the set becomes empty by itself.
bool becomes_empty(const event_set& set)
{
	return soon([&set] { return fdinfo_of(set.fd()).empty(); });
}

// A waiter that was woken up to poll the target; the poll returns at target.release().
struct asking_waiter {
	explicit asking_waiter(const event_set& set) : target{0}, sleeper{set}
	{
		EXPECT_THAT(set.add(target.fd(), EPOLLIN | EPOLLET), succeeds());
		EXPECT_TRUE(sleeper.falls_asleep());
		target.hold();
		target.wake();
		target.await_question();
	}

	polled_file target;
	waiter sleeper;
};

// behaviours: 122, 130
TEST_P(CloseDuringPoll, ends_the_target_although_the_waiter_sleeps_on)
{
	const event_set set = create();
	asking_waiter asking{set};

	asking.target.close();
	asking.target.release();
	EXPECT_TRUE(becomes_empty(set));
	EXPECT_FALSE(asking.sleeper.returned());
}

// behaviours: 122, 130
TEST_P(CloseDuringPoll, ends_the_target_when_the_waiter_returns)
{
	const event_set set = create();
	asking_waiter asking{set};
	const int number = asking.target.fd();

	asking.target.close();
	asking.target.set(EPOLLIN);
	asking.target.release();
	EXPECT_THAT(asking.sleeper.result(), delivers({{EPOLLIN, number}}));
	EXPECT_TRUE(becomes_empty(set));
}

} // namespace
