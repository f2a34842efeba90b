// SPDX-License-Identifier: GPL-2.0-only
// CHANGEs of several threads over the same descriptors, which are closed and opened again meanwhile.
#include "support/changes.hpp"
#include "support/storm.hpp"
#include "support/team.hpp"
#include "support/test.hpp"

#include <array>
#include <atomic>
#include <vector>

using namespace support;
using namespace support::ops;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

constexpr unsigned most_entries = 100;
constexpr std::size_t targets = 12;
constexpr unsigned threads = 3;

class ChangeStorm : public device_test {};

changes some_changes(dice& roll, const std::vector<int>& ops, const std::array<unique_fd, targets>& fds)
{
	std::vector<myepoll_change_entry> entries;
	for (unsigned left = 1 + roll.below(most_entries); left > 0; --left)
		entries.push_back(entry(roll.one_of(ops), fds[roll.below(targets)], roll.one_in(2) ? EPOLLIN : EPOLLIN | EPOLLET));
	return changes{entries};
}

// Each ADD that succeeds makes a target watched that was not, each DEL the other way round.
TEST_F(ChangeStorm, of_several_threads_is_one_sequence_of_entries)
{
	const event_set set = create();
	std::array<unique_fd, targets> fds;
	for (unique_fd& fd : fds)
		fd = make_eventfd(1);
	std::array<std::atomic<int>, targets> watched{};
	std::atomic<unsigned> applied = 0;
	storm weather;
	for (unsigned i = 0; i < threads; ++i)
		weather.start([&](dice roll) {
			while (weather.goes_on()) {
				changes batch = some_changes(roll, {add, add, mod, del}, fds);
				batch.wait_for(4, 0ms).apply(set);
				applied += batch.tried();
				for (const myepoll_change_entry& each : batch.entries())
					if (each.result == 0 && each.op != mod)
						watched[static_cast<std::size_t>(each.fd - fds[0])] += each.op == add ? 1 : -1;
			}
		});
	weather.join();
	for (std::size_t i = 0; i < targets; ++i)
		EXPECT_EQ(watched[i], mask_in_fdinfo(set.fd(), fds[i]) ? 1 : 0) << i;
	EXPECT_GT(applied, 0U);
	weather.note(std::to_string(applied) + " entries");
}

// behaviours: 121, 122
TEST_F(ChangeStorm, meets_targets_that_are_closed_and_opened_meanwhile)
{
	const event_set set = create();
	std::array<unique_fd, targets> fds;
	for (unique_fd& fd : fds)
		fd = make_eventfd();
	const std::array<int, targets> numbers = [&fds] {
		std::array<int, targets> all{};
		std::copy(fds.begin(), fds.end(), all.begin());
		return all;
	}();
	std::atomic<unsigned> strange = 0;
	std::atomic<unsigned> missed = 0; // entries of a target that was just closed
	storm weather;
	for (unsigned i = 0; i < threads; ++i)
		weather.start([&](dice roll) {
			while (weather.goes_on()) {
				std::vector<myepoll_change_entry> entries;
				for (unsigned left = 1 + roll.below(most_entries); left > 0; --left)
					entries.push_back(entry(roll.one_in(4) ? drop : set_op, numbers[roll.below(targets)], EPOLLIN));
				changes batch{entries};
				batch.wait_for(4, 0ms).apply(set);
				for (const int result : batch.results()) {
					missed += result == -EBADF;
					strange += result != 0 && result != -EBADF;
				}
			}
		});
	dice roll = weather.next_dice();
	unsigned closed = 0;
	for (; weather.goes_on(); ++closed) {
		const std::size_t i = roll.below(targets);
		fds[i].close();
		// Nobody else opens anything, so this gets the number again.
		fds[i] = roll.one_in(2) ? make_eventfd(1) : duplicate(fds[(i + 1) % targets]);
		ASSERT_EQ(fds[i], numbers[i]);
	}
	weather.join();
	EXPECT_EQ(strange, 0U);
	for (unique_fd& fd : fds)
		fd.close();
	EXPECT_TRUE(soon([&set] { return fdinfo_of(set.fd()).empty(); }));
	weather.note(std::to_string(closed) + " closed, " + std::to_string(missed) + " entries missed");
}

//	s0-(s1) and s1-(s0) at the same time: one of the two would be a cycle.
//
// behaviours: 108
TEST_F(ChangeStorm, never_nests_two_sets_in_each_other)
{
	const event_set first = create();
	const event_set second = create();
	const unique_fd counter = make_eventfd();
	const std::vector with_flat{entry(set_op, counter, EPOLLIN), entry(set_op, counter, EPOLLIN)};
	changes into_first{with_flat};
	into_first.entries().insert(into_first.entries().begin() + 1, entry(set_op, second.fd(), EPOLLIN));
	changes into_second{with_flat};
	into_second.entries().insert(into_second.entries().begin() + 1, entry(set_op, first.fd(), EPOLLIN));
	storm weather;
	team race{weather, {[&] { into_second.apply(second); }}};
	unsigned rounds = 0;
	unsigned first_won = 0;
	for (; weather.goes_on(); ++rounds) {
		race.together([&] { into_first.apply(first); });
		const int one = into_first.results()[1];
		const int other = into_second.results()[1];
		ASSERT_TRUE((one == 0 && other == -ELOOP) || (one == -ELOOP && other == 0)) << one << " " << other;
		ASSERT_EQ(into_first.results()[2] | into_second.results()[2], 0);
		first_won += one == 0;
		ASSERT_THAT((one == 0 ? first : second).del(one == 0 ? second.fd() : first.fd()), succeeds());
	}
	weather.note(std::to_string(rounds) + " rounds, of which the first set won " + std::to_string(first_won));
}

//	s0-(s1): added by both threads at once. A SET that finds it added meanwhile is a MOD. A third thread nests
//	other sets, so that both have to wait for each other's checks.
TEST_F(ChangeStorm, sets_the_same_inner_set_without_an_error)
{
	const event_set outer = create();
	const event_set inner = create();
	changes one{entry(set_op, inner.fd(), EPOLLIN)};
	changes other{entry(set_op, inner.fd(), EPOLLIN | EPOLLET)};
	const event_set elsewhere = create();
	const std::array<event_set, 2> below{create(), create()};
	repeating_thread nester{[&] {
		changes batch{entry(set_op, below[0].fd(), EPOLLIN), entry(set_op, below[1].fd(), EPOLLIN),
			      entry(drop, below[0].fd()), entry(drop, below[1].fd())};
		batch.apply(elsewhere);
	}};
	storm weather;
	team race{weather, {[&] { other.apply(outer); }}};
	unsigned rounds = 0;
	for (; weather.goes_on(); ++rounds) {
		race.together([&] { one.apply(outer); });
		ASSERT_THAT(one.results(), ElementsAre(0)) << "round " << rounds;
		ASSERT_THAT(other.results(), ElementsAre(0)) << "round " << rounds;
		ASSERT_THAT(outer.del(inner.fd()), succeeds());
		ASSERT_THAT(fdinfo_of(outer.fd()), IsEmpty()) << "round " << rounds;
	}
	weather.note(std::to_string(rounds) + " rounds");
}

// Each thread re-arms what it has handled and waits for the next event, in one call.
//
// behaviours: 60
TEST_F(ChangeStorm, loses_no_event_when_oneshots_are_rearmed_and_waited_for)
{
	constexpr std::uint32_t mode = EPOLLIN | EPOLLONESHOT;
	constexpr std::uint64_t quit_data = ~0ULL;
	const event_set set = create();
	const unique_fd quit = make_eventfd();
	ASSERT_THAT(set.add(quit, EPOLLIN, quit_data), succeeds());
	std::array<unique_fd, targets> fds;
	for (unique_fd& fd : fds) {
		fd = make_eventfd();
		ASSERT_THAT(set.add(fd, mode), succeeds());
	}
	std::atomic<std::uint64_t> put = 0;
	std::atomic<std::uint64_t> taken = 0;
	std::atomic<unsigned> strange = 0;
	storm weather;
	for (unsigned i = 0; i < threads; ++i)
		weather.start([&](dice) {
			changes batch{entry(drop, -1)};
			for (batch.wait_for(2, for_ever);;) {
				const delivery got = batch.apply(set);
				batch.entries().assign(1, entry(drop, -1));
				strange += got.result <= 0;
				for (const event& each : got.events) {
					if (each.data == quit_data)
						return;
					taken += take_eventfd(static_cast<int>(each.data));
					batch.entries().push_back(entry(mod, static_cast<int>(each.data), mode));
				}
			}
		});
	dice roll = weather.next_dice();
	while (weather.goes_on()) {
		for (unsigned burst = roll.below(20); burst > 0; --burst, ++put)
			signal_eventfd(fds[roll.below(targets)]);
		// Hangs if an event is lost.
		await([&] { return taken == put; });
	}
	signal_eventfd(quit);
	weather.join();
	EXPECT_EQ(strange, 0U);
	weather.note(std::to_string(put) + " events");
}

} // namespace
