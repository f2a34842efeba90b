// SPDX-License-Identifier: GPL-2.0-only
// The event buffer is accessible when a target's ->poll() starts, but no longer when it returns.
#include "support/event_buffer.hpp"
#include "support/polled_file.hpp"
#include "support/test.hpp"

#include <sys/mman.h>

#include <array>

using namespace support;

namespace {

constexpr std::array<std::uint32_t, 2> modes{0, EPOLLET};

// A ready target whose ->poll() is held up, and a waiter with room for one event.
class slow_delivery {
public:
	slow_delivery(const event_set& set, std::uint32_t mode) : set_{set}
	{
		EXPECT_THAT(set_.add(target_.fd(), EPOLLIN | mode), succeeds());
		target_.hold();
		waiter_.emplace([this] { got_ = buffer_.wait(set_, 0ms, 1); });
		target_.await_question();
	}

	int number() const { return target_.fd(); }
	void take_memory() const { checked(madvise(buffer_.address(), 1, MADV_DONTNEED), "madvise"); }
	void forbid_memory() const { checked(mprotect(buffer_.address(), 1, PROT_NONE), "mprotect"); }

	delivery result()
	{
		target_.release();
		waiter_->join();
		return got_;
	}

private:
	polled_file target_{EPOLLIN};
	const event_set& set_;
	event_buffer buffer_{memory_kind::touched, 0};
	delivery got_;
	std::optional<helper_thread> waiter_;
};

class BufferDuringPoll : public semantics_test {
protected:
	std::optional<std::string> why_impossible() const override { return polled_file::why_impossible(); }
};

SEMANTICS_INSTANCES(BufferDuringPoll);

// behaviours: 164
TEST_P(BufferDuringPoll, is_fetched_again_if_it_was_taken)
{
	for (const std::uint32_t mode : modes) {
		const event_set set = create();
		slow_delivery slow{set, mode};
		slow.take_memory();
		EXPECT_THAT(slow.result(), delivers({{EPOLLIN, slow.number()}}));
	}
}

// behaviours: 93, 164
TEST_P(BufferDuringPoll, that_is_forbidden_leaves_the_target_ready)
{
	for (const std::uint32_t mode : modes) {
		const event_set set = create();
		slow_delivery slow{set, mode};
		slow.forbid_memory();
		EXPECT_THAT(slow.result(), fails_with(EFAULT));
		EXPECT_THAT(set.wait(), delivers({{EPOLLIN, slow.number()}}));
	}
}

} // namespace
