// SPDX-License-Identifier: GPL-2.0-only
// Tasks whose signals are watched die while the items that watch them are removed, in each of
// the ways in which items are.
#include "support/storm.hpp"
#include "support/test.hpp"

#include <sys/mman.h>
#include <sched.h>
#include <sys/signalfd.h>

#include <csignal>
#include <deque>
#include <new>

using namespace support;

namespace {

SEMANTICS_SUITE(DyingSignalfdStorm);

constexpr unsigned children = 3;

// A word that parent and children see.
class shared_word {
public:
	shared_word()
		: word_{new (mmap(nullptr, sizeof(std::atomic<unsigned>), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0)) std::atomic<unsigned>{0}}
	{
	}
	shared_word(const shared_word&) = delete;
	shared_word& operator=(const shared_word&) = delete;
	~shared_word() { munmap(word_, sizeof(*word_)); }
	std::atomic<unsigned>& operator*() const { return *word_; }

private:
	std::atomic<unsigned>* word_;
};

// A set in which children watch one signalfd, each under a number of its own, until told to die.
struct scene {
	explicit scene(event_set set_) : set{std::move(set_)}
	{
		for (unsigned i = 0; i < children; ++i)
			numbers.push_back(duplicate(signals));
		for (unsigned i = 0; i < children; ++i)
			crowd.emplace_back([this, i] {
				EXPECT_THAT(set.add(numbers[i], EPOLLIN), succeeds());
				++*added;
				while (*told_to_die == 0)
					sched_yield();
				// Sooner or later than the others.
				for (unsigned spin = 0; spin < i * 1000; ++spin)
					asm volatile("");
			});
		await([this] { return *added == children; });
	}
	// What was asked of the children has been done, and none of them is left.
	bool ended()
	{
		return std::all_of(crowd.begin(), crowd.end(),
				   [](child_process& child) { return child.join() == 0; });
	}

	event_set set;
	unique_fd signals = make_signalfd(SIGUSR1);
	shared_word added;
	shared_word told_to_die;
	std::deque<unique_fd> numbers;
	std::deque<child_process> crowd;
};

// behaviours: 134, 155
TEST_P(DyingSignalfdStorm, del_meets_the_death_of_the_task)
{
	storm weather;
	dice roll = weather.next_dice();
	unsigned rounds = 0;
	for (; weather.goes_on(); ++rounds) {
		scene s{create()};
		*s.told_to_die = 1;
		for (unsigned spins = roll.below(20'000); spins > 0; --spins)
			asm volatile("");
		for (const unique_fd& number : s.numbers)
			ASSERT_THAT(s.set.del(number), succeeds());
		ASSERT_TRUE(s.ended());
		ASSERT_THAT(fdinfo_of(s.set.fd()), testing::IsEmpty());
	}
	weather.note(std::to_string(rounds) + " rounds");
}

// behaviours: 134, 155
TEST_P(DyingSignalfdStorm, the_last_close_meets_the_death_of_the_task)
{
	storm weather;
	dice roll = weather.next_dice();
	unsigned rounds = 0;
	for (; weather.goes_on(); ++rounds) {
		scene s{create()};
		*s.told_to_die = 1;
		for (unsigned spins = roll.below(20'000); spins > 0; --spins)
			asm volatile("");
		s.numbers.clear();
		s.signals.close();
		ASSERT_TRUE(s.ended());
		ASSERT_THAT(fdinfo_of(s.set.fd()), testing::IsEmpty());
	}
	weather.note(std::to_string(rounds) + " rounds");
}

// behaviours: 134, 155
TEST_P(DyingSignalfdStorm, the_end_of_the_set_meets_the_death_of_the_task)
{
	storm weather;
	dice roll = weather.next_dice();
	unsigned rounds = 0;
	for (; weather.goes_on(); ++rounds) {
		scene s{create()};
		*s.told_to_die = 1;
		for (unsigned spins = roll.below(20'000); spins > 0; --spins)
			asm volatile("");
		s.set.close();
		ASSERT_TRUE(s.ended());
		ASSERT_EQ(raise(SIGUSR1), 0);
		signalfd_siginfo signal{};
		ASSERT_EQ(read(s.signals, &signal, sizeof(signal)), ssize_t{sizeof(signal)});
	}
	weather.note(std::to_string(rounds) + " rounds");
}

} // namespace
