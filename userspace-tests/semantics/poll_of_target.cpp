// SPDX-License-Identifier: GPL-2.0-only
// What a target is asked: a target that knows what is wanted can spare itself needless work.
#include "support/polled_file.hpp"
#include "support/test.hpp"

using namespace support;
using testing::Each;
using testing::Eq;
using testing::IsEmpty;
using testing::Not;

namespace {

class PollOfTarget : public semantics_test {
protected:
	std::optional<std::string> why_impossible() const override { return polled_file::why_impossible(); }
};

SEMANTICS_INSTANCES(PollOfTarget);

constexpr std::uint32_t always = EPOLLERR | EPOLLHUP;

auto are_all_for(std::uint32_t mask) { return testing::AllOf(Not(IsEmpty()), Each(Eq(mask))); }

// behaviours: 50
TEST_P(PollOfTarget, asks_for_the_interest_at_add)
{
	for (const std::uint32_t interest : {std::uint32_t{EPOLLIN}, EPOLLOUT | EPOLLRDHUP, 0U}) {
		const event_set set = create();
		polled_file target{0};
		ASSERT_THAT(set.add(target.fd(), interest), succeeds());
		EXPECT_THAT(target.questions(), are_all_for(interest | always));
	}
}

// behaviours: 50
TEST_P(PollOfTarget, asks_for_the_interest_at_wait)
{
	const event_set set = create();
	polled_file target{EPOLLIN};
	ASSERT_THAT(set.add(target.fd(), EPOLLIN | EPOLLPRI), succeeds());
	target.questions();

	ASSERT_THAT(set.wait(), delivers({{EPOLLIN, target.fd()}}));

	EXPECT_THAT(target.questions(), are_all_for(EPOLLIN | EPOLLPRI | always));
}

// behaviours: 50
TEST_P(PollOfTarget, asks_for_the_new_interest_after_mod)
{
	const event_set set = create();
	polled_file target{EPOLLOUT};
	ASSERT_THAT(set.add(target.fd(), EPOLLIN), succeeds());
	target.questions();

	ASSERT_THAT(set.mod(target.fd(), EPOLLOUT), succeeds());
	ASSERT_THAT(set.wait(), delivers({{EPOLLOUT, target.fd()}}));

	EXPECT_THAT(target.questions(), are_all_for(EPOLLOUT | always));
}

// behaviours: 50
TEST_P(PollOfTarget, is_not_made_while_nothing_happens)
{
	const event_set set = create();
	polled_file target{0};
	ASSERT_THAT(set.add(target.fd(), EPOLLIN), succeeds());
	target.questions();

	for (int i = 0; i < 3; ++i)
		EXPECT_THAT(set.wait(), delivers_nothing());

	EXPECT_THAT(target.questions(), IsEmpty());
}

// behaviours: 43
TEST_P(PollOfTarget, may_be_answered_beyond_what_was_asked)
{
	const event_set set = create();
	polled_file target{EPOLLIN | EPOLLOUT | EPOLLPRI};
	ASSERT_THAT(set.add(target.fd(), EPOLLIN), succeeds());

	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, target.fd()}}));
}

// behaviours: 31, 48, 49
TEST_P(PollOfTarget, follows_a_wake_and_decides)
{
	const event_set set = create();
	polled_file target{0};
	ASSERT_THAT(set.add(target.fd(), EPOLLIN), succeeds());

	target.wake();
	EXPECT_THAT(set.wait(), delivers_nothing());
	target.set(EPOLLIN);
	EXPECT_THAT(set.wait(), delivers_nothing());
	target.wake();
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, target.fd()}}));
}

} // namespace
