// SPDX-License-Identifier: GPL-2.0-only
// Which events a target is polled for: a target that knows them can skip needless work.
#include "support/event_buffer.hpp"
#include "support/polled_file.hpp"
#include "support/test.hpp"

#include <deque>

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

// behaviours: 93, 164, 165
TEST_P(PollOfTarget, is_made_once_for_each_event_as_far_as_there_is_memory_and_once_more)
{
	for (const memory_kind kind : all_memory_kinds) {
		std::deque<polled_file> targets;
		const event_set set = create();
		for (int i = 0; i < 3; ++i) {
			polled_file& target = targets.emplace_back(0U);
			target.forget_when_polled();
			ASSERT_THAT(set.add(target.fd(), EPOLLIN | EPOLLET), succeeds());
			target.set(EPOLLIN);
			target.wake();
		}
		event_buffer memory{kind, event_buffer::event_size + 4}; // the second event spans both pages

		(void)memory.wait(set);

		for (std::size_t i = 0; i < targets.size(); ++i) {
			SCOPED_TRACE(std::string{name_of(kind)} + ", target " + std::to_string(i));
			const std::uint64_t polls_at_add = 1;
			const std::uint64_t polls_at_wait = i <= memory.room() ? 1 : 0;
			EXPECT_EQ(targets[i].polls(), polls_at_add + polls_at_wait);
		}
	}
}

} // namespace
