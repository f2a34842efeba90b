// SPDX-License-Identifier: GPL-2.0-only
// inotify descriptors as targets.
#include "support/test.hpp"
#include "support/watch.hpp"

#include <fcntl.h>
#include <sys/inotify.h>

using namespace support;

namespace {

SEMANTICS_SUITE(TargetInotify);

// behaviours: 43, 53, 54
TEST_P(TargetInotify, is_readable_from_a_change_until_it_is_read)
{
	const temporary_folder folder;
	const unique_fd changes = make_inotify(folder.path(""), IN_CREATE);
	const watch seen{GetParam(), changes, all_events};
	EXPECT_THAT(seen.now(), stays_at(0));

	open_file(folder.path("new"), O_CREAT | O_WRONLY).close();
	EXPECT_THAT(seen.now(), wakes_with(readable));
	EXPECT_THAT(seen.now(), stays_at(readable));
	drain(changes);
	EXPECT_THAT(seen.now(), stays_at(0));
}

// behaviours: 43, 53, 54
TEST_P(TargetInotify, wakes_for_every_change)
{
	const temporary_folder folder;
	const unique_fd changes = make_inotify(folder.path(""), IN_CREATE);
	const watch seen{GetParam(), changes, EPOLLIN};

	for (const char* name : {"a", "b", "c"}) {
		open_file(folder.path(name), O_CREAT | O_WRONLY).close();
		EXPECT_THAT(seen.now(), wakes_with(EPOLLIN));
	}
}

// behaviours: 43, 53, 54
TEST_P(TargetInotify, is_silent_about_what_it_was_not_asked_for)
{
	const temporary_folder folder;
	const unique_fd changes = make_inotify(folder.path(""), IN_DELETE);
	const watch seen{GetParam(), changes, EPOLLIN};

	open_file(folder.path("new"), O_CREAT | O_WRONLY).close();

	EXPECT_THAT(seen.now(), stays_at(0));
}

} // namespace
