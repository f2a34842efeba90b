// SPDX-License-Identifier: GPL-2.0-only
// Very many watches in one set, very many sets on one file, very long chains: how long they take to set up,
// to harvest and to tear down, what they cost, and that all memory is freed.
#include "support/kernel_module.hpp"
#include "support/many_watches.hpp"
#include "support/slab.hpp"
#include "support/test.hpp"
#include "support/watch_limit.hpp"

#include <poll.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <iostream>
#include <sstream>

using namespace support;
using testing::AnyOf;
using testing::Eq;

namespace {

using seconds = std::chrono::duration<double>;

constexpr std::size_t watches_for_one_set = 10;
constexpr long no_limit = 100'000'000;

seconds time_of(const std::function<void()>& body)
{
	const stopwatch clock;
	body();
	return clock.elapsed();
}

class GreatNumbers : public semantics_test {
protected:
	std::optional<std::string> why_impossible() const override { return watch_limit::why_impossible(); }
	void prepare() override
	{
		may_take(60s + std::chrono::seconds{watches() / 500});
		allow_descriptors(watches());
		limit_.emplace(GetParam());
		ASSERT_THAT(limit_->set(no_limit), succeeds());
	}
	void TearDown() override { limit_.reset(); }

	void come_and_go(const char* what, std::vector<unique_fd>& numbers) const;

private:
	void add_all(const event_set& set, const std::vector<unique_fd>& numbers) const
	{
		for (const unique_fd& number : numbers)
			ASSERT_THAT(set.add(number, EPOLLIN | EPOLLET), succeeds());
	}
	void harvest_all(const event_set& set, std::size_t count) const
	{
		std::vector<epoll_event> events(1024);
		while (count > 0) {
			const long got = set.wait(events.data(), static_cast<int>(events.size()), 0);
			ASSERT_GT(got, 0) << count << " events are missing";
			count -= static_cast<std::size_t>(got);
		}
		EXPECT_THAT(set.wait(), delivers_nothing());
	}

	std::optional<watch_limit> limit_;
};

SEMANTICS_INSTANCES(GreatNumbers);

void note(backend which, const std::string& text) { std::cerr << "# " + text + ": " + name_of(which) + "\n"; }

// All descriptors must be ready; closes them.
void GreatNumbers::come_and_go(const char* what, std::vector<unique_fd>& numbers) const
{
	const slab_objects objects{GetParam()};
	event_set set = create();
	const seconds add = time_of([&] { add_all(set, numbers); });
	const double bytes = static_cast<double>(objects.added_bytes());
	const seconds harvest = time_of([&] { harvest_all(set, numbers.size()); });
	const seconds down = time_of([&] { set.close(); });
	EXPECT_TRUE(objects.are_no_more()) << "after the close of the set";

	set = create();
	add_all(set, numbers);
	const seconds close = time_of([&] { numbers.clear(); });
	EXPECT_THAT(set.wait(), delivers_nothing());
	EXPECT_TRUE(fdinfo_of(set.fd()).empty());
	set.close();
	EXPECT_TRUE(objects.are_no_more()) << "after the close of the files";

	std::array<char, 200> figures{};
	std::snprintf(figures.data(), figures.size(),
		      "%zu %s: %.0f bytes each; %.2f s to add, %.2f s to harvest, %.2f s to close the set, %.2f s to close the files",
		      watches(), what, bytes / static_cast<double>(watches()), add.count(), harvest.count(),
		      down.count(), close.count());
	note(GetParam(), figures.data());
}

// behaviours: 131, 133, 160, 161
TEST_P(GreatNumbers, of_files_are_watched_by_one_set)
{
	std::vector<unique_fd> numbers(watches());
	for (unique_fd& number : numbers)
		number = make_eventfd(1);
	come_and_go("files", numbers);
}

// behaviours: 37, 131, 133, 160
TEST_P(GreatNumbers, of_numbers_of_one_file_are_watched_by_one_set)
{
	std::vector<unique_fd> numbers(watches());
	numbers.front() = make_eventfd(1);
	for (std::size_t i = 1; i < numbers.size(); ++i)
		numbers[i] = duplicate(numbers.front());
	come_and_go("descriptors of one file", numbers);
}

//	sets[0] <-, sets[1] <-, ..: target
//
// behaviours: 100, 131, 133
TEST_P(GreatNumbers, of_sets_watch_one_file)
{
	const std::size_t count = watches() / watches_for_one_set;
	const slab_objects objects{GetParam()};
	unique_fd target = make_eventfd();
	std::vector<event_set> sets;
	const seconds create_all = time_of([&] {
		for (std::size_t i = 0; i < count; ++i) {
			sets.push_back(create());
			ASSERT_THAT(sets.back().add(target, EPOLLIN), succeeds());
		}
	});
	const seconds wake = time_of([&] { signal_eventfd(target); });
	const seconds harvest = time_of([&] {
		for (const event_set& set : sets)
			ASSERT_THAT(set.wait(), delivers({{EPOLLIN, target}}));
	});
	// The oldest first.
	const seconds down = time_of([&] { sets.erase(sets.begin(), sets.begin() + static_cast<long>(count / 2)); });
	const seconds close = time_of([&] { target.close(); });
	for (const event_set& set : sets)
		ASSERT_THAT(set.wait(), delivers_nothing());
	sets.clear();
	EXPECT_TRUE(objects.are_no_more());

	std::array<char, 200> figures{};
	std::snprintf(figures.data(), figures.size(),
		      "%zu sets on one file: %.2f s to make, %.2f s to wake, %.2f s to harvest, %.2f s to close half, %.2f s to close the file",
		      count, create_all.count(), wake.count(), harvest.count(), down.count(), close.count());
	note(GetParam(), figures.data());
}

//	Layers of sets, in which each set watches all sets of the next layer. What would be too deep, or make
//	too many paths, is refused; the rest keeps working.
//
// behaviours: 108, 109, 111
TEST_P(GreatNumbers, of_layers_are_refused_and_do_no_harm)
{
	constexpr std::size_t layers = 64;
	constexpr std::size_t width = 3;
	std::deque<event_set> sets;
	std::deque<unique_fd> counters;
	for (std::size_t i = 0; i < layers * width; ++i)
		sets.push_back(create());
	long too_deep = 0;
	const auto nest = [&](const event_set& upper, const event_set& lower) {
		const long result = upper.add(lower.fd(), EPOLLIN);
		ASSERT_THAT(result, AnyOf(Eq(0), Eq(-ELOOP), Eq(-EINVAL)));
		too_deep += result == -ELOOP;
	};
	const auto nest_layer = [&](std::size_t upper) {
		for (std::size_t i = upper * width; i < (upper + 1) * width; ++i)
			for (std::size_t k = (upper + 1) * width; k < (upper + 2) * width; ++k)
				nest(sets[i], sets[k]);
	};
	// From the top down to the middle, and from the bottom up to it.
	for (std::size_t i = 0; i < layers / 2; ++i)
		nest_layer(i);
	for (std::size_t i = layers - 2; i >= layers / 2; --i)
		nest_layer(i);
	EXPECT_GT(too_deep, 0);
	for (const event_set& set : sets)
		nest(sets.back(), set);

	unsigned watched = 0;
	for (const event_set& set : sets) {
		const long result = set.add(counters.emplace_back(make_eventfd(1)), EPOLLIN);
		ASSERT_THAT(result, AnyOf(Eq(0), Eq(-EINVAL)));
		if (result != 0)
			continue;
		pollfd readable{set.fd(), POLLIN, 0};
		EXPECT_EQ(poll(&readable, 1, 0), 1);
		++watched;
	}
	EXPECT_GT(watched, 0U);
}

//	top <- middle <- each of the subs <- target -> flat, under very many descriptors
//
//	The ADD of middle counts the paths up from the target. epoll does so once; myepoll does so once for
//	each of the subs, but bounds the total work. Either way no other nesting ADD waits long for it.
//
// behaviours: 109, 111
TEST_P(GreatNumbers, of_paths_are_not_counted_for_ever)
{
	constexpr std::size_t most_paths = 100;
	constexpr rlim_t numbers = 101'000; // times most_paths: more than 10 million
	allow_descriptors(numbers);
	const slab_objects objects{GetParam()};
	{
		const event_set top = create();
		const event_set middle = create();
		const event_set flat = create();
		const unique_fd target = make_eventfd(1);
		std::vector<event_set> subs;
		for (std::size_t i = 0; i < most_paths; ++i) {
			subs.push_back(create());
			ASSERT_THAT(subs.back().add(target, EPOLLIN), succeeds());
			ASSERT_THAT(middle.add(subs.back().fd(), EPOLLIN), succeeds());
		}
		std::vector<unique_fd> copies;
		for (rlim_t i = 0; i < numbers; ++i) {
			copies.push_back(duplicate(target));
			ASSERT_THAT(flat.add(copies.back(), EPOLLIN | EPOLLET), succeeds());
		}
		long result = 0;
		const seconds add = time_of([&] { result = top.add(middle.fd(), EPOLLIN); });
		if (on_myepoll()) {
			EXPECT_THAT(result, fails_with(EINVAL));
		} else {
			EXPECT_THAT(result, succeeds());
		}
		// What exists keeps working.
		EXPECT_THAT(middle.wait(0ms, 1), delivers({{EPOLLIN, subs.front().fd()}}));
		std::ostringstream text;
		text << most_paths << " times " << numbers << " paths counted in " << add.count() << " s";
		note(GetParam(), text.str());
	}
	EXPECT_TRUE(objects.are_no_more());
}

} // namespace
