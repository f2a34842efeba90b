// SPDX-License-Identifier: GPL-2.0-only
// Very many events of forgetful targets, whose ->poll() clears what it reports, into memory of every kind:
// each event takes exactly one poll, and is either delivered or lost to an EFAULT.
//
// MYEPOLL_STRESS_DELIVERIES=N makes N events of each target instead of 300; a tenth of that in the tests in
// which other threads interfere, a thousandth for mounts, a fifty-thousandth for pressure triggers.
#include "support/forgetful_suite.hpp"
#include "support/test.hpp"

#include <sys/mman.h>

#include <atomic>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <optional>
#include <utility>

using namespace support;

namespace {

constexpr std::uint64_t usual_deliveries = 300;
constexpr std::uint64_t deliveries_per_second = 400; // on a slow machine
constexpr std::uint64_t share_with_others = 10;
constexpr std::size_t bytes_on_first_page = 4; // of one event
constexpr watch_mode edge{"edge", EPOLLET};

std::uint64_t deliveries()
{
	const char* const given = std::getenv("MYEPOLL_STRESS_DELIVERIES");
	return given == nullptr ? usual_deliveries : std::strtoull(given, nullptr, 0);
}

// The results of waits, counted by all threads.
class tally {
public:
	// An EFAULT for writable memory is unexpected, and so is any other event.
	void count(const delivery& got, const event_buffer& memory, const event& expected)
	{
		if (got.result == -EFAULT ? memory.room() > 0 : got.result == 1 && got.events.front() != expected)
			++strange_;
		else
			count(got.result);
	}
	void count(long result)
	{
		if (result >= 0)
			delivered_ += static_cast<std::uint64_t>(result);
		else if (result == -EFAULT)
			++refused_;
		else
			++strange_;
	}
	std::uint64_t delivered() const { return delivered_; }
	std::uint64_t answered() const { return delivered_ + refused_; }
	std::uint64_t strange() const { return strange_; }
	std::string text() const
	{
		return std::to_string(delivered_) + " delivered, " + std::to_string(refused_) + " refused, " +
		       std::to_string(strange_) + " unexpected";
	}

private:
	std::atomic<std::uint64_t> delivered_ = 0;
	std::atomic<std::uint64_t> refused_ = 0;
	std::atomic<std::uint64_t> strange_ = 0;
};

class ForgetfulStress : public forgetful_test {
protected:
	void prepare() override
	{
		forgetful_test::prepare();
		may_take(60s + std::chrono::seconds{deliveries() / deliveries_per_second});
	}
	// At least one for each kind of memory, unless an event takes seconds.
	std::uint64_t events(std::uint64_t share) const
	{
		const std::uint64_t least = GetParam().kind == forgetful_kind::pressure ? 1 : all_memory_kinds.size();
		return std::max(least, deliveries() / share / source().price());
	}
	void watch(const event_set& set, int target, const watch_mode& mode)
	{
		const std::uint32_t interest = source().interest() | mode.bits;
		ASSERT_THAT(polls_of_ctl_++ == 0 ? set.add(target, interest) : set.mod(target, interest), succeeds());
	}
	void expect_exact(const tally& sum, std::uint64_t made) const
	{
		EXPECT_EQ(sum.answered(), made);
		EXPECT_EQ(sum.strange(), 0U);
		if (const auto polls = source().polls()) {
			EXPECT_EQ(*polls, sum.answered() + polls_of_ctl_);
		}
		say(made, sum);
	}
	void say(std::uint64_t made, const tally& sum) const
	{
		const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
		std::cerr << std::string{"# "} + test.test_suite_name() + "." + test.name() + ": " +
				     std::to_string(made) + " events, " + sum.text() + "\n";
	}

private:
	std::uint64_t polls_of_ctl_ = 0;
};

class OneWaiter : public ForgetfulStress {};

FORGETFUL_INSTANCES(OneWaiter, counting);
FORGETFUL_INSTANCES(OneWaiter, perf);
FORGETFUL_INSTANCES(OneWaiter, hostname);
FORGETFUL_INSTANCES(OneWaiter, mounts);
FORGETFUL_INSTANCES(OneWaiter, mountinfo);
FORGETFUL_INSTANCES(OneWaiter, pressure);

// behaviours: 58, 59, 93, 164, 165
TEST_P(OneWaiter, gets_each_event_into_any_memory)
{
	const event_set set = create();
	const int target = source().open();
	std::deque<event_buffer> memories;
	for (const memory_kind kind : all_memory_kinds)
		memories.emplace_back(kind, bytes_on_first_page);
	const std::uint64_t count = events(1);
	const watch_mode* armed = nullptr;
	tally sum;
	for (std::uint64_t i = 0; i < count; ++i) {
		const watch_mode& mode = watch_modes[i * watch_modes.size() / count];
		if (&mode != std::exchange(armed, &mode) || mode.bits == EPOLLONESHOT)
			watch(set, target, mode);
		// Touched memory comes last.
		event_buffer& memory = memories[(i + 1) % memories.size()];
		memory.renew();
		source().make_event();
		sum.count(memory.wait(set), memory, {source().event_mask(), target});
	}
	expect_exact(sum, count);
}

// Two pages that another thread discards or protects over and over.
class UnsteadyMemory : public ForgetfulStress {
protected:
	static constexpr int capacity = 400; // events, on two pages

	void* memory() const { return pages_; }
	void vanish() const { madvise(pages_, size, MADV_DONTNEED); }
	void forbid_and_allow() const
	{
		mprotect(pages_, size, PROT_NONE);
		mprotect(pages_, size, PROT_READ | PROT_WRITE);
	}

private:
	static constexpr std::size_t size = 8192;

	void prepare() override
	{
		ForgetfulStress::prepare();
		pages_ = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		ASSERT_NE(pages_, MAP_FAILED);
	}
	void TearDown() override { munmap(pages_, size); }

	void* pages_ = nullptr;
};

FORGETFUL_INSTANCES(UnsteadyMemory, counting);
FORGETFUL_INSTANCES(UnsteadyMemory, perf);
FORGETFUL_INSTANCES(UnsteadyMemory, hostname);
FORGETFUL_INSTANCES(UnsteadyMemory, mounts);

// behaviours: 93, 164
TEST_P(UnsteadyMemory, loses_no_event_when_it_vanishes)
{
	const event_set set = create();
	watch(set, source().open(), edge);
	const std::uint64_t count = events(share_with_others);
	tally sum;
	{
		const repeating_thread thief{[this] { vanish(); }};
		for (std::uint64_t i = 0; i < count; ++i) {
			source().make_event();
			sum.count(set.wait(memory(), capacity, 0));
		}
	}
	EXPECT_EQ(sum.delivered(), count);
	expect_exact(sum, count);
}

// behaviours: 59, 93, 164
TEST_P(UnsteadyMemory, loses_events_to_faults_alone_when_it_is_forbidden_now_and_then)
{
	const event_set set = create();
	const int target = source().open();
	const std::uint64_t count = events(share_with_others);
	tally sum;
	{
		const repeating_thread guard{[this] { forbid_and_allow(); }};
		for (std::uint64_t i = 0; i < count; ++i) {
			watch(set, target, watch_modes[i % watch_modes.size()]);
			source().make_event();
			sum.count(set.wait(memory(), capacity, 0));
		}
	}
	expect_exact(sum, count);
}

class UnsteadyMemoryForHundreds : public UnsteadyMemory {};

FORGETFUL_INSTANCES(UnsteadyMemoryForHundreds, perf);
FORGETFUL_INSTANCES(UnsteadyMemoryForHundreds, hostname);
FORGETFUL_INSTANCES(UnsteadyMemoryForHundreds, mounts);

// behaviours: 92, 93, 164
TEST_P(UnsteadyMemoryForHundreds, loses_no_event_when_it_vanishes)
{
	const event_set set = create();
	for (int i = 0; i < capacity; ++i)
		ASSERT_THAT(set.add(source().open(), source().interest() | EPOLLET), succeeds());
	const std::uint64_t rounds = std::max<std::uint64_t>(3, events(1) / capacity);
	tally sum;
	{
		const repeating_thread thief{[this] { vanish(); }};
		for (std::uint64_t i = 0; i < rounds; ++i) {
			source().make_event();
			long got = 0;
			do
				sum.count(got = set.wait(memory(), capacity, 0));
			while (got != 0);
		}
	}
	EXPECT_EQ(sum.delivered(), rounds * capacity);
	expect_exact(sum, rounds * capacity);
}

// A thread that waits over and over, into each kind of memory in turn.
class sleeper {
public:
	sleeper(const event_set& set, tally& sum, const event& expected) : set_{set}, sum_{sum}, expected_{expected}
	{
		for (const memory_kind kind : all_memory_kinds)
			memories_.emplace_back(kind, bytes_on_first_page);
		thread_.emplace([this] { run(); });
	}
	~sleeper() { over_ = true; }

	bool asleep() const { return asleep_in_wait(thread_->state(), set_.fd()); }

private:
	void run()
	{
		for (std::size_t i = 0; !over_; ++i) {
			event_buffer& memory = memories_[i % memories_.size()];
			memory.renew();
			const delivery got = memory.wait(set_, for_ever);
			if (got.result != -EINTR)
				sum_.count(got, memory, expected_);
		}
	}

	const event_set& set_;
	tally& sum_;
	event expected_;
	std::deque<event_buffer> memories_;
	std::atomic<bool> over_ = false;
	std::optional<helper_thread> thread_;
};

class ManyWaiters : public ForgetfulStress {};

FORGETFUL_INSTANCES(ManyWaiters, counting);
FORGETFUL_INSTANCES(ManyWaiters, perf);
FORGETFUL_INSTANCES(ManyWaiters, hostname);
FORGETFUL_INSTANCES(ManyWaiters, mounts);

// behaviours: 59, 91, 93, 164, 165
TEST_P(ManyWaiters, get_each_event_once)
{
	const event_set set = create();
	const int target = source().open();
	watch(set, target, edge);
	const std::uint64_t count = events(share_with_others);
	tally sum;
	{
		std::deque<sleeper> sleepers;
		for (int i = 0; i < 3; ++i)
			sleepers.emplace_back(set, sum, event{source().event_mask(), target});
		const auto sleep = [&sleepers] {
			return std::all_of(sleepers.begin(), sleepers.end(),
					   [](const sleeper& each) { return each.asleep(); });
		};
		std::uint64_t lost = 0;
		for (std::uint64_t made = 1; made <= count; ++made) {
			const auto is_answered = [&] { return sum.answered() + lost == made; };
			source().make_event();
			// An event that leaves all of them asleep is lost.
			await([&] { return is_answered() || (sleep() && sleep()); });
			lost += is_answered() ? 0 : 1;
		}
	}
	EXPECT_EQ(sum.answered(), count);
	EXPECT_EQ(sum.strange(), 0U);
	say(count, sum);
}

} // namespace
