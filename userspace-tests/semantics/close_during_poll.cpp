// SPDX-License-Identifier: GPL-2.0-only
// A target is closed while a waiter is asking it whether it is ready. Then the waiter's reference
// is the last one, and goes when the target has answered.
#include "support/polled_file.hpp"
#include "support/test.hpp"

using namespace support;

namespace {

class CloseDuringPoll : public semantics_test {
protected:
	std::optional<std::string> why_impossible() const override { return polled_file::why_impossible(); }
};

SEMANTICS_INSTANCES(CloseDuringPoll);

constexpr auto patience = 2s;

// Whether the set comes to watch nothing, without anybody's doing.
bool becomes_empty(const event_set& set)
{
	const auto deadline = std::chrono::steady_clock::now() + patience;
	await([&] {
		return fdinfo_of(set.fd()).empty() || std::chrono::steady_clock::now() > deadline;
	});
	return fdinfo_of(set.fd()).empty();
}

// behaviours: 122, 130
TEST_P(CloseDuringPoll, ends_the_target_although_the_waiter_sleeps_on)
{
	const event_set set = create();
	polled_file target{0};
	ASSERT_THAT(set.add(target.fd(), EPOLLIN | EPOLLET), succeeds());
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());
	target.hold();
	target.wake();
	target.await_question();

	target.close();
	target.release();
	EXPECT_TRUE(becomes_empty(set));
	EXPECT_FALSE(sleeper.returned());
}

// behaviours: 122, 130
TEST_P(CloseDuringPoll, ends_the_target_when_the_waiter_returns)
{
	const event_set set = create();
	polled_file target{0};
	const int number = target.fd();
	ASSERT_THAT(set.add(number, EPOLLIN | EPOLLET), succeeds());
	waiter sleeper{set};
	ASSERT_TRUE(sleeper.falls_asleep());
	target.hold();
	target.wake();
	target.await_question();

	target.close();
	target.set(EPOLLIN);
	target.release();
	EXPECT_THAT(sleeper.result(), delivers({{EPOLLIN, number}}));
	EXPECT_TRUE(becomes_empty(set));
}

} // namespace
