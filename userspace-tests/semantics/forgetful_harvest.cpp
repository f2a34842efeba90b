// SPDX-License-Identifier: GPL-2.0-only
// Hundreds of events in one wait, on two pages, some of them from targets whose ->poll() clears what it
// reports. All are delivered, and in the same order, even if a page has to be faulted in first.
#include "support/forgetful_suite.hpp"
#include "support/test.hpp"

#include <deque>
#include <iterator>

using namespace support;

namespace {

constexpr std::size_t page_size = 4096;
constexpr std::size_t counters = 600;

using events = std::vector<event>;

// On failure, prints the first difference instead of hundreds of events.
testing::AssertionResult is_harvest(const delivery& got, const events& expected)
{
	if (same_events(got, expected))
		return testing::AssertionSuccess();
	const auto first = std::mismatch(got.events.begin(), got.events.end(), expected.begin(), expected.end());
	return testing::AssertionFailure()
	       << describe_result(got.result) << " instead of " << expected.size()
	       << " events; the first difference is at index " << first.first - got.events.begin();
}

class Harvest : public forgetful_test {
protected:
	void watch_counters(const event_set& set, const watch_mode& mode, std::size_t from, std::size_t to) const
	{
		for (std::size_t i = from; i < to; ++i)
			EXPECT_THAT(set.add(counters_[i], EPOLLIN | mode.bits), succeeds());
	}
	void watch_target(const event_set& set, const watch_mode& mode, int target) const
	{
		EXPECT_THAT(set.add(target, source().interest() | mode.bits), succeeds());
	}
	events counter_events(std::size_t from, std::size_t to) const
	{
		events all;
		for (std::size_t i = from; i < to; ++i)
			all.emplace_back(EPOLLIN, counters_[i]);
		return all;
	}
	// Waits for all events, then for those that were left.
	void expect_harvest(const event_set& set, const event_buffer& memory, const events& all,
			    const watch_mode& mode) const
	{
		SCOPED_TRACE(std::string{mode.name} + ", " + name_of(memory.kind()));
		const auto fit = static_cast<std::ptrdiff_t>(std::min(memory.room(), all.size()));
		const events delivered{all.begin(), all.begin() + fit};
		const delivery got = memory.wait(set);
		if (fit > 0)
			EXPECT_TRUE(is_harvest(got, delivered));
		else
			EXPECT_THAT(got, fails_with(EFAULT));

		events left{all.begin() + fit, all.end()};
		// A target that was polled when no room was left has lost its event.
		if (!left.empty() && !is_counter(left.front()))
			left.erase(left.begin());
		if (mode.bits == 0)
			std::copy_if(delivered.begin(), delivered.end(), std::back_inserter(left),
				     [this](const event& e) { return is_counter(e); });
		EXPECT_TRUE(is_harvest(set.wait(0ms, 1000), left));
	}

private:
	bool is_counter(const event& e) const
	{
		return std::any_of(counters_.begin(), counters_.end(),
				   [&e](int number) { return e.data == static_cast<std::uint64_t>(number); });
	}
	void prepare() override
	{
		forgetful_test::prepare();
		for (unique_fd& counter : counters_)
			counter = make_eventfd(1);
	}

	std::array<unique_fd, counters> counters_;
};

class TargetAmongHundreds : public Harvest {};

FORGETFUL_INSTANCES(TargetAmongHundreds, counting);
FORGETFUL_INSTANCES(TargetAmongHundreds, perf);
FORGETFUL_INSTANCES(TargetAmongHundreds, hostname);
FORGETFUL_INSTANCES(TargetAmongHundreds, mounts);
FORGETFUL_INSTANCES(TargetAmongHundreds, mountinfo);
FORGETFUL_INSTANCES(TargetAmongHundreds, pressure);

// A set, memory for its events on two pages, and the target among the counters.
struct lookout {
	lookout(backend which, memory_kind kind, int target_)
		: set{which}, memory{kind, page_size}, target{target_}
	{
	}
	event_set set;
	event_buffer memory;
	int target;
};

// behaviours: 92, 93, 164, 165
TEST_P(TargetAmongHundreds, comes_with_all_of_them)
{
	constexpr watch_mode edge{"edge", EPOLLET};
	constexpr std::size_t across_pages = page_size / event_buffer::event_size;
	for (const std::size_t place : {across_pages, counters}) {
		make_source();
		std::deque<lookout> lookouts;
		for (const memory_kind kind : all_memory_kinds) {
			lookouts.emplace_back(GetParam().which, kind, source().open());
			watch_counters(lookouts.back().set, edge, 0, place);
			watch_target(lookouts.back().set, edge, lookouts.back().target);
		}

		source().make_event();

		for (const auto& [set, memory, target] : lookouts) {
			watch_counters(set, edge, place, counters);
			events all = counter_events(0, counters);
			all.emplace(all.begin() + static_cast<std::ptrdiff_t>(place), source().event_mask(), target);
			expect_harvest(set, memory, all, edge);
		}
	}
}

// Only for kinds of target that can be opened hundreds of times.
class HundredsOfTargets : public Harvest {
protected:
	void open_targets()
	{
		for (int& target : targets_)
			target = source().open();
	}
	// All targets are ready, with half of the counters queued before them and half after.
	event_set watch_all(const watch_mode& mode) const
	{
		event_set set = create();
		watch_counters(set, mode, 0, half);
		for (const int target : targets_)
			watch_target(set, mode, target);
		source().make_event();
		watch_counters(set, mode, half, 2 * half);
		return set;
	}
	// One event makes all targets ready, in an order that the kernel chooses.
	events harvest_with_ease(const watch_mode& mode) const
	{
		const events all = watch_all(mode).wait(0ms, 1000).events;
		events expected = counter_events(0, 2 * half);
		for (const int target : targets_)
			expected.emplace_back(source().event_mask(), target);
		EXPECT_THAT(all, testing::UnorderedElementsAreArray(expected));
		return all;
	}

private:
	static constexpr std::size_t half = 150;

	std::array<int, 300> targets_{};
};

FORGETFUL_INSTANCES(HundredsOfTargets, perf);
FORGETFUL_INSTANCES(HundredsOfTargets, hostname);
FORGETFUL_INSTANCES(HundredsOfTargets, mounts);
FORGETFUL_INSTANCES(HundredsOfTargets, mountinfo);

// behaviours: 92, 93, 105, 164, 165
TEST_P(HundredsOfTargets, come_in_the_same_order_whatever_pages_are_missing)
{
	open_targets();
	for (const watch_mode& mode : watch_modes) {
		const events all = harvest_with_ease(mode);
		for (const memory_kind kind : all_memory_kinds) {
			const event_buffer memory{kind, page_size};
			const event_set set = watch_all(mode);

			expect_harvest(set, memory, all, mode);
		}
	}
}

} // namespace
