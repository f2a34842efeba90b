// SPDX-License-Identifier: GPL-2.0-only
// Many threads at the limit of what a user may watch: they exceed it by a few at most, and what is
// no longer watched is no longer counted.
#include "support/storm.hpp"
#include "support/team.hpp"
#include "support/test.hpp"
#include "support/watch_limit.hpp"

#include <deque>

using namespace support;

namespace {

constexpr long most = 40;
constexpr unsigned threads = 4;

class QuotaStorm : public semantics_test {
protected:
	std::optional<std::string> why_impossible() const override { return watch_limit::why_impossible(); }
	void prepare() override
	{
		limit_.emplace(GetParam());
		ASSERT_THAT(limit_->set(most), succeeds());
	}
	void TearDown() override { limit_.reset(); }

	event_set create_charged() const { return create_as(watch_limit::some_user, GetParam()); }
	// Exactly as many targets fit as the limit says, so nothing is counted that is not watched.
	void expect_nothing_is_charged() const
	{
		const event_set set = create_charged();
		std::deque<unique_fd> targets;
		long added = 0;
		while (set.add(targets.emplace_back(make_eventfd()), EPOLLIN) == 0)
			++added;
		EXPECT_EQ(added, most);
	}

private:
	std::optional<watch_limit> limit_;
};

SEMANTICS_INSTANCES(QuotaStorm);

// behaviours: 142, 143
TEST_P(QuotaStorm, threads_pass_the_limit_by_one_each_at_most)
{
	event_set set = create_charged();
	std::atomic<long> watched = 0; // never more than is counted: raised after an ADD, lowered before a removal
	std::atomic<long> highest = 0;
	std::atomic<unsigned> refused = 0;
	storm weather;
	for (unsigned i = 0; i < threads; ++i)
		weather.start([&](dice roll) {
			std::deque<unique_fd> own;
			while (weather.goes_on()) {
				own.push_back(make_eventfd());
				if (set.add(own.back(), EPOLLIN) == 0) {
					const long now = ++watched;
					long before = highest;
					while (before < now && !highest.compare_exchange_weak(before, now))
						continue;
					continue;
				}
				++refused;
				own.pop_back();
				for (unsigned n = roll.below(4); n > 0 && !own.empty(); --n) {
					--watched;
					if (roll.one_in(2))
						set.del(own.front());
					own.pop_front();
				}
			}
			watched -= static_cast<long>(own.size());
		});
	weather.join();
	EXPECT_EQ(watched, 0);
	EXPECT_GE(highest, most);
	EXPECT_LE(highest, most + static_cast<long>(threads) - 1);
	expect_nothing_is_charged();
	weather.note(std::to_string(refused) + " refused, " + std::to_string(highest) + " at most");
}

//	set <- target: the set is closed, the target is closed, and the item is removed, all at the same moment
//
// behaviours: 131, 142
TEST_P(QuotaStorm, an_item_that_goes_in_three_ways_at_once_is_given_back_once)
{
	event_set set = create();
	unique_fd target;
	int set_number = -1;
	int target_number = -1;
	storm weather;
	team race{weather,
		  {[&] { set.close(); },
		   [&] { raw::ctl(GetParam(), set_number, EPOLL_CTL_DEL, target_number, nullptr); }}};
	unsigned rounds = 0;
	for (; weather.goes_on(); ++rounds) {
		set = create_charged();
		target = make_eventfd();
		set_number = set.fd();
		target_number = target;
		ASSERT_THAT(set.add(target, EPOLLIN), succeeds());
		race.together([&] { target.close(); });
	}
	// The thread with the last reference to a file may be about to drop it.
	await([this] {
		const event_set all = create_charged();
		std::deque<unique_fd> targets(most);
		return std::all_of(targets.begin(), targets.end(), [&](unique_fd& fd) {
			fd = make_eventfd();
			return all.add(fd, EPOLLIN) == 0;
		});
	});
	expect_nothing_is_charged();
	weather.note(std::to_string(rounds) + " rounds");
}

} // namespace
