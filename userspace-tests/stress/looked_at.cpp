// SPDX-License-Identifier: GPL-2.0-only
// A large set under traffic, while threads read its fdinfo and take snapshots of it, over and over. Nobody is held up for
// long, nothing is lost, and what is watched all the time is seen exactly once.
#include "support/kernel_module.hpp"
#include "support/many_watches.hpp"
#include "support/snapshot.hpp"
#include "support/storm.hpp"
#include "support/test.hpp"
#include "support/watch_limit.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <optional>

using namespace support;

namespace {

constexpr long no_limit = 100'000'000;
constexpr std::size_t pairs = 32;

using span = std::chrono::steady_clock::duration;

// The longest of many spans.
class longest {
public:
	void note(span one)
	{
		span known = most_.load();
		while (one > known && !most_.compare_exchange_weak(known, one)) {
		}
	}
	long milliseconds() const { return std::chrono::duration_cast<std::chrono::milliseconds>(most_.load()).count(); }

private:
	std::atomic<span> most_ = span::zero();
};

class LookedAt : public device_test {
protected:
	std::optional<std::string> why_impossible() const override { return watch_limit::why_impossible(); }
	void prepare() override
	{
		may_take(120s + std::chrono::seconds{watches() / 1000});
		allow_descriptors(watches() + 2 * pairs);
		limit_.emplace(backend::myepoll);
		ASSERT_THAT(limit_->set(no_limit), succeeds());
		for (auto& pair : sockets_)
			pair = make_tcp_pair();
		numbers_ = many_numbers(make_eventfd(), watches());
		for (const unique_fd& number : numbers_)
			ASSERT_THAT(set_->add(number, EPOLLIN | EPOLLET), succeeds());
		for (const socket_ends& pair : sockets_)
			ASSERT_THAT(set_->add(pair.ours, EPOLLIN), succeeds());
	}
	void TearDown() override { limit_.reset(); }

	const event_set& set() const { return *set_; }
	std::size_t lasting() const { return numbers_.size() + pairs; }

	// Parts of the storm; each a step that is repeated.
	void send(dice& roll)
	{
		write_bytes(sockets_[roll.below(pairs)].peer, 1 + roll.below(100));
	}
	void serve()
	{
		const delivery got = set().wait(20ms, 16);
		for (const event& e : got.events)
			if (is_socket(static_cast<int>(e.data)))
				received_ += drain(static_cast<int>(e.data));
	}
	void change(dice& roll)
	{
		const int fd = numbers_[roll.below(static_cast<unsigned>(numbers_.size()))];
		const stopwatch time;
		EXPECT_THAT(set().mod(fd, EPOLLIN | EPOLLET), succeeds());
		longest_change_.note(std::chrono::duration_cast<span>(time.elapsed()));
		++changes_;
	}
	// By DEL, or by a close, which leaves nothing behind.
	void come_and_go(dice& roll)
	{
		unique_fd passing = make_eventfd();
		ASSERT_THAT(set().add(passing, EPOLLIN), succeeds());
		if (roll.one_in(2)) {
			ASSERT_THAT(set().del(passing), succeeds());
			return;
		}
		const stopwatch time;
		passing.close();
		longest_close_.note(std::chrono::duration_cast<span>(time.elapsed()));
	}
	void read_fdinfo()
	{
		const stopwatch time;
		const unique_fd file = open_file("/proc/self/fdinfo/" + std::to_string(set().fd()), O_RDONLY);
		std::vector<char> text(1 << 20);
		std::size_t lines = 0;
		for (ssize_t got = 0; (got = ::read(file, text.data(), text.size())) > 0;)
			lines += static_cast<std::size_t>(std::count(text.begin(), text.begin() + got, '\n'));
		// Those that stay, at most one that passes, and what is said of the file.
		EXPECT_GE(lines, lasting());
		longest_fdinfo_.note(std::chrono::duration_cast<span>(time.elapsed()));
		++fdinfos_;
	}
	void take_snapshots()
	{
		std::vector<bool> seen(65536 + 8 * lasting());
		std::size_t count = 0;
		snapshot page = look_at(set());
		for (;; page = look_at(set(), MYEPOLL_SNAPSHOT_MAX, MYEPOLL_SNAPSHOT_MAX, &page)) {
			ASSERT_EQ(page.result, 0);
			for (const myepoll_item& item : page.items) {
				const auto fd = static_cast<std::size_t>(item.fd);
				if (!stays_[fd])
					continue;
				EXPECT_FALSE(seen[fd]) << fd;
				seen[fd] = true;
				++count;
			}
			if (is_last(page))
				break;
		}
		EXPECT_EQ(count, lasting());
		++snapshots_;
	}
	void remember_what_stays()
	{
		stays_.resize(65536 + 8 * lasting());
		for (const unique_fd& number : numbers_)
			stays_[static_cast<std::size_t>(static_cast<int>(number))] = true;
		for (const socket_ends& pair : sockets_)
			stays_[static_cast<std::size_t>(static_cast<int>(pair.ours))] = true;
	}

	std::atomic<unsigned long> received_ = 0, changes_ = 0, fdinfos_ = 0, snapshots_ = 0;
	longest longest_change_, longest_close_, longest_fdinfo_;

private:
	bool is_socket(int fd) const
	{
		return std::any_of(sockets_.begin(), sockets_.end(),
				   [fd](const socket_ends& pair) { return static_cast<int>(pair.ours) == fd; });
	}

	std::optional<watch_limit> limit_;
	std::optional<event_set> set_ = create();
	std::array<socket_ends, pairs> sockets_;
	std::vector<unique_fd> numbers_;
	std::vector<bool> stays_; // by descriptor
};

// behaviours: 45, 121, 144
TEST_F(LookedAt, from_all_sides_while_events_come_and_targets_go)
{
	remember_what_stays();
	storm weather;
	const auto start = [&](auto step) {
		weather.start([&weather, step](dice roll) {
			// At least once, however large the set.
			do
				step(roll);
			while (weather.goes_on() && !HasFailure());
		});
	};
	start([this](dice& roll) { send(roll); });
	start([this](dice&) { serve(); });
	start([this](dice&) { serve(); });
	start([this](dice& roll) { change(roll); });
	start([this](dice& roll) { come_and_go(roll); });
	start([this](dice&) { read_fdinfo(); });
	start([this](dice&) { take_snapshots(); });
	weather.join();
	EXPECT_GT(received_, 0U);
	EXPECT_EQ(look_at(set(), 0, 0).about.watches, lasting());
	weather.note(std::to_string(lasting()) + " watches, " + std::to_string(received_) + " bytes, fdinfo read " +
		     std::to_string(fdinfos_) + " times, at most " + std::to_string(longest_fdinfo_.milliseconds()) +
		     " ms, " + std::to_string(snapshots_) + " snapshots, " + std::to_string(changes_) +
		     " MODs, at most " + std::to_string(longest_change_.milliseconds()) + " ms, a close at most " +
		     std::to_string(longest_close_.milliseconds()) + " ms");
	// How long exactly is what the benchmark held_up counts. This tells a mutex that is held for all of a walk.
	if (longest_fdinfo_.milliseconds() > 4000) {
		EXPECT_LT(4 * longest_change_.milliseconds(), longest_fdinfo_.milliseconds());
	}
}

class ManyInstances : public device_test {};

// However many there are, each says of itself what only it has.
TEST_F(ManyInstances, are_told_apart_by_their_numbers)
{
	may_take(60s + std::chrono::seconds{watches() / 500});
	allow_descriptors(watches());
	const unique_fd target = make_eventfd();
	std::vector<event_set> sets;
	std::uint64_t last = 0;
	while (sets.size() < watches()) {
		const event_set& set = sets.emplace_back(create());
		ASSERT_THAT(set.add(target, EPOLLIN, sets.size()), succeeds());
		const snapshot seen = look_at(set, 1, 0);
		ASSERT_GT(seen.about.instance, last);
		last = seen.about.instance;
	}
	signal_eventfd(target);
	for (std::size_t i = 0; i < sets.size(); ++i) {
		const snapshot seen = look_at(sets[i], 1, 0);
		ASSERT_EQ(seen.items.size(), 1U);
		ASSERT_EQ(seen.items[0].data, i + 1);
		ASSERT_EQ(seen.about.counters.callbacks, 1U);
		ASSERT_EQ(seen.about.counters.queued, 1U);
	}
}

} // namespace
