// SPDX-License-Identifier: GPL-2.0-only
// Sets that are passed on: in messages (SCM_RIGHTS) on the very socket that they watch, which makes
// cycles that only the kernel's garbage collector can see, and to children that execute another
// program.
#include "support/passing.hpp"
#include "support/storm.hpp"
#include "support/test.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

using namespace support;

namespace {

SEMANTICS_SUITE(PassedSets);

long unix_sockets()
{
	std::ifstream lines{"/proc/net/unix"};
	return std::count(std::istreambuf_iterator<char>{lines}, {}, '\n');
}

//	set <- pair.ours; the message in pair.ours holds the set, and perhaps pair.ours as well
void make_circle(const event_set& set, dice& roll)
{
	const socket_ends pair = make_unix_pair();
	ASSERT_THAT(set.add(pair.ours, EPOLLIN | EPOLLET), succeeds());
	send_descriptor(pair.peer, set.fd());
	if (roll.one_in(2))
		send_descriptor(pair.peer, pair.ours);
	if (roll.one_in(2))
		send_descriptor(pair.ours, pair.peer);
	if (roll.one_in(4))
		(void)set.wait();
}

// behaviours: 122, 124, 127
TEST_P(PassedSets, that_contain_themselves_are_collected)
{
	const long before = unix_sockets();
	storm weather;
	std::atomic<unsigned> circles = 0;
	for (int i = 0; i < 3; ++i)
		weather.start([&](dice roll) {
			for (; weather.goes_on(); ++circles) {
				const event_set set = create();
				make_circle(set, roll);
				make_circle(set, roll);
			}
		});
	weather.join();
	// The garbage collector runs when another socket is closed.
	await([&] {
		make_unix_pair();
		return unix_sockets() <= before;
	});
	weather.note(std::to_string(circles.load()) + " cycles");
}

//	A child inherits the set, clears close-on-exec and executes another program, while a sibling
//	uses the set; afterwards only what the parent has open is watched.
//
// behaviours: 41, 125, 126
TEST_P(PassedSets, outlive_the_programs_that_inherit_them)
{
	const unique_fd kept = make_eventfd(1);
	const event_set set = create();
	ASSERT_THAT(set.add(kept, EPOLLIN), succeeds());
	storm weather;
	unsigned programs = 0;
	for (; weather.goes_on(); ++programs) {
		child_process program{[&] {
			const unique_fd own = make_eventfd(1);
			(void)set.add(own, EPOLLIN);
			fcntl(set.fd(), F_SETFD, 0);
			execl("/bin/true", "true", nullptr);
			_exit(1);
		}};
		child_process brother{[&] {
			const unique_fd own = make_eventfd();
			(void)set.add(own, EPOLLIN | EPOLLET);
			(void)set.wait(0ms, 4);
		}};
		EXPECT_EQ(program.join(), 0);
		EXPECT_EQ(brother.join(), 0);
		ASSERT_THAT(set.wait(), delivers({{EPOLLIN, kept}}));
		ASSERT_EQ(fdinfo_of(set.fd()).size(), 1U);
	}
	weather.note(std::to_string(programs) + " programs");
}

} // namespace
