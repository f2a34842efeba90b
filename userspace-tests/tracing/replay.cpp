// SPDX-License-Identifier: GPL-2.0-only
// The events between two snapshots, applied to the first one, give the second.
#include "support/snapshot.hpp"
#include "support/storm.hpp"
#include "support/test.hpp"
#include "support/trace_log.hpp"

#include <algorithm>
#include <iterator>
#include <list>
#include <map>
#include <set>

using namespace support;

namespace {

// The lists of an instance, by the numbers of its items.
class lists {
public:
	explicit lists(const snapshot& from)
	{
		std::map<unsigned, std::string> by_position;
		for (const myepoll_item& item : from.items) {
			items_.insert(name_of(item));
			if (item.position != 0)
				by_position[item.position] = name_of(item);
		}
		for (const auto& [position, item] : by_position)
			ready_.push_back(item);
		change_ = from.about.change;
	}

	void apply(const trace_step& step)
	{
		if (step.fields.contains("change")) {
			const auto change = static_cast<std::uint64_t>(step.number("change"));
			EXPECT_GE(change, change_) << step;
			change_ = change;
		}
		if (step.name == "link")
			EXPECT_TRUE(items_.insert(step.text("item")).second) << step;
		else if (step.name == "unlink")
			unlink(step);
		else if (step.name == "notify" || step.name == "queue")
			queue(step);
		else if (step.name == "scan_begin")
			delivered_.clear();
		else if (step.name == "poll" && step.text("ready").empty())
			EXPECT_EQ(std::erase(ready_, step.text("item")), 1U) << step;
		else if (step.name == "deliver")
			deliver(step);
		else if (step.name == "scan_end")
			end_scan();
	}

	std::vector<std::string> ready() const { return {ready_.begin(), ready_.end()}; }
	const std::set<std::string>& items() const { return items_; }
	std::uint64_t change() const { return change_; }

private:
	static std::string name_of(const myepoll_item& item)
	{
		std::ostringstream text;
		text << std::hex << item.item;
		return text.str();
	}
	bool is_ready(const std::string& item) const { return std::find(ready_.begin(), ready_.end(), item) != ready_.end(); }
	void unlink(const trace_step& step)
	{
		EXPECT_EQ(items_.erase(step.text("item")), 1U) << step;
		std::erase(ready_, step.text("item"));
	}
	void queue(const trace_step& step)
	{
		const std::string& item = step.text("item");
		if (step.text("outcome") == "queued") {
			EXPECT_FALSE(is_ready(item)) << step;
			ready_.push_back(item);
		} else if (step.text("outcome") == "overflowed") {
			overflow_.push_back(item);
		} else if (step.text("outcome") == "already queued") {
			EXPECT_TRUE(is_ready(item) ||
				    std::find(overflow_.begin(), overflow_.end(), item) != overflow_.end()) << step;
		}
	}
	void deliver(const trace_step& step)
	{
		EXPECT_TRUE(is_ready(step.text("item"))) << step;
		std::erase(ready_, step.text("item"));
		if (step.text("fate") == "stays ready")
			delivered_.push_back(step.text("item"));
	}
	// What was left, arrivals, what was delivered and stays ready.
	void end_scan()
	{
		const auto stays = [this](const std::string& item) {
			return std::find(delivered_.begin(), delivered_.end(), item) != delivered_.end();
		};
		for (const std::string& item : overflow_)
			if (!is_ready(item) && !stays(item))
				ready_.push_back(item);
		ready_.insert(ready_.end(), delivered_.begin(), delivered_.end());
		overflow_.clear();
		delivered_.clear();
	}

	std::set<std::string> items_;
	std::list<std::string> ready_;
	std::vector<std::string> overflow_;
	std::vector<std::string> delivered_;
	std::uint64_t change_ = 0;
};

class Replay : public device_test {
protected:
	std::optional<std::string> why_impossible() const override { return trace_log::why_impossible(); }
};

// By change number, and by time among equals. Events without a number keep their place.
std::vector<trace_step> in_order(std::vector<trace_step> steps)
{
	std::vector<std::pair<std::int64_t, trace_step>> numbered;
	std::int64_t last = 0;
	for (trace_step& step : steps) {
		if (step.fields.contains("change"))
			last = step.number("change");
		numbered.emplace_back(last, std::move(step));
	}
	std::stable_sort(numbered.begin(), numbered.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
	steps.clear();
	for (auto& [change, step] : numbered)
		steps.push_back(std::move(step));
	return steps;
}

TEST_F(Replay, of_a_storm_leads_from_one_snapshot_to_the_next)
{
	may_take(60s);
	const event_set set = create();
	std::vector<unique_fd> counters;
	for (int i = 0; i < 12; ++i) {
		counters.push_back(make_eventfd());
		const std::uint32_t how = i % 3 == 0 ? 0U : i % 3 == 1 ? EPOLLET : EPOLLONESHOT;
		ASSERT_THAT(set.add(counters.back(), EPOLLIN | how), succeeds());
	}
	for (int round = 0; round < 5; ++round) {
		const snapshot before = look_at(set);
		ASSERT_EQ(before.about.flags, static_cast<__u32>(MYEPOLL_SNAPSHOT_WHOLE));
		const trace_log log;
		std::atomic<long> left = 400;
		{
			storm weather;
			const auto any = [&counters](dice& roll) { return int{counters[roll.below(12)]}; };
			weather.start([&](dice roll) {
				while (left-- > 0)
					signal_eventfd(any(roll));
			});
			weather.start([&](dice roll) {
				while (left-- > 0) {
					const delivery got = set.wait(0ms, 1 + static_cast<int>(roll.below(6)));
					for (const event& e : got.events)
						(void)set.mod(static_cast<int>(e.data), EPOLLIN | (roll.below(2) == 0 ? EPOLLET : EPOLLONESHOT));
				}
			});
			weather.start([&](dice roll) {
				while (left-- > 0) {
					const int fd = any(roll);
					if (roll.below(3) == 0 && set.del(fd) == 0)
						EXPECT_THAT(set.add(fd, EPOLLIN), succeeds());
					else
						(void)drain(fd);
				}
			});
			await([&] { return left <= 0; });
		}
		const snapshot after = look_at(set);

		lists replayed{before};
		for (const trace_step& step : in_order(log.of(set)))
			replayed.apply(step);
		const lists expected{after};
		ASSERT_EQ(replayed.items(), expected.items());
		ASSERT_EQ(replayed.ready(), expected.ready());
		ASSERT_EQ(replayed.change(), expected.change());
	}
}

} // namespace
