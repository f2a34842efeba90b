// SPDX-License-Identifier: GPL-2.0-only
// Files that are opened, watched and closed under the same descriptor number. The data of an event is the
// generation of its file: an event of a generation that is closed already is stale.
#include "support/storm.hpp"
#include "support/team.hpp"
#include "support/test.hpp"

#include <csignal>

using namespace support;

namespace {

SEMANTICS_SUITE(NumberReuseStorm);

constexpr unsigned least_rounds = 10'000;
constexpr std::array<std::uint32_t, 3> modes{EPOLLIN, EPOLLIN | EPOLLET, EPOLLIN | EPOLLONESHOT};

// behaviours: 121, 122
TEST_P(NumberReuseStorm, brings_no_stale_event)
{
	const event_set set = create();
	storm weather;
	dice roll = weather.next_dice();
	const int number = make_eventfd();
	std::uint64_t generation = 0;
	for (; generation < least_rounds || weather.goes_on(); ++generation) {
		unique_fd target = make_eventfd(roll.below(2));
		ASSERT_EQ(target, number);
		ASSERT_THAT(set.add(target, roll.one_of(modes), generation), succeeds());
		if (roll.one_in(2))
			signal_eventfd(target);
		if (roll.one_in(2)) {
			for (const event& e : set.wait().events)
				ASSERT_EQ(e.data, generation);
		}
		target.close();
		ASSERT_THAT(set.wait(), delivers_nothing()) << "generation " << generation;
	}
	EXPECT_THAT(fdinfo_of(set.fd()), testing::IsEmpty());
	weather.note(std::to_string(generation) + " generations");
}

// behaviours: 121, 122
TEST_P(NumberReuseStorm, brings_no_stale_event_of_a_file_that_is_written_to_meanwhile)
{
	std::signal(SIGPIPE, SIG_IGN);
	const event_set set = create();
	storm weather;
	pipe_ends pipe;
	int number = -1;
	team race{weather, {[&] { (void)!write(pipe.writer, "x", 1); }}};
	std::uint64_t generation = 0;
	for (; weather.goes_on(); ++generation) {
		pipe = make_pipe();
		number = number < 0 ? int{pipe.reader} : number;
		ASSERT_EQ(pipe.reader, number);
		ASSERT_THAT(set.add(pipe.reader, EPOLLIN, generation), succeeds());

		race.together([&] { pipe.reader.close(); });
		ASSERT_THAT(set.wait(), delivers_nothing()) << "generation " << generation;
		ASSERT_EQ(write(pipe.writer, "x", 1), -1) << "generation " << generation;
		pipe.writer.close();
	}
	EXPECT_THAT(fdinfo_of(set.fd()), testing::IsEmpty());
	weather.note(std::to_string(generation) + " generations");
}

//	Only one thread waits, on two sets in turn, so that no other can hold a reference to a
//	closed file during a ->poll(): what is closed when a wait begins must not show up in it.
//
// behaviours: 37, 121, 122, 130
TEST_P(NumberReuseStorm, brings_no_stale_event_to_a_wait_that_begins_later)
{
	const event_set set = create();
	const event_set other = create();
	const unique_fd quit = make_eventfd();
	constexpr std::uint64_t quit_data = ~0ULL;
	ASSERT_THAT(set.add(quit, EPOLLIN, quit_data), succeeds());
	std::atomic<std::uint64_t> first_open = 0;
	std::atomic<unsigned> stale = 0;
	std::atomic<unsigned> fresh = 0;
	const auto is_told_to_quit = [&](const event_set& waited, std::chrono::milliseconds timeout) {
		const std::uint64_t oldest = first_open;
		bool quits = false;
		for (const event& e : waited.wait(timeout).events) {
			if (e.data == quit_data)
				quits = true;
			else
				++(e.data < oldest ? stale : fresh);
		}
		return quits;
	};
	storm weather;
	weather.start([&](dice) {
		while (!is_told_to_quit(set, for_ever))
			is_told_to_quit(other, 0ms);
	});
	dice roll = weather.next_dice();
	std::uint64_t generation = 0;
	while (weather.goes_on()) {
		unique_fd target = make_eventfd();
		ASSERT_THAT(other.add(target, EPOLLIN, generation), succeeds());
		ASSERT_THAT(set.add(target, EPOLLIN, generation), succeeds());
		signal_eventfd(target);
		if (roll.one_in(2))
			set.mod(target, EPOLLIN | EPOLLET, generation);
		target.close();
		first_open = ++generation;
	}
	signal_eventfd(quit);
	weather.join();
	EXPECT_EQ(stale, 0U);
	await([&] { return fdinfo_of(set.fd()).size() == 1 && fdinfo_of(other.fd()).empty(); });
	weather.note(std::to_string(generation) + " generations, " + std::to_string(fresh) +
		     " fresh events");
}

} // namespace
