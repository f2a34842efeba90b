// SPDX-License-Identifier: GPL-2.0-only
// Pseudo-terminals as targets. A kernel worker moves the data from one end to the other.
#include "support/test.hpp"
#include "support/watch.hpp"

#include <termios.h>

using namespace support;

namespace {

SEMANTICS_SUITE(TargetPty);

void make_raw(int terminal)
{
	termios settings{};
	checked(tcgetattr(terminal, &settings), "tcgetattr");
	cfmakeraw(&settings);
	checked(tcsetattr(terminal, TCSANOW, &settings), "tcsetattr");
}

// behaviours: 43, 53, 54
TEST_P(TargetPty, is_writable_at_both_ends)
{
	const pty_ends pty = make_pty();
	const watch master{GetParam(), pty.master, all_events};
	const watch slave{GetParam(), pty.slave, all_events};

	EXPECT_THAT(master.now(), wakes_with(writable));
	EXPECT_THAT(slave.now(), wakes_with(writable));
}

// behaviours: 43, 53, 54
TEST_P(TargetPty, master_shows_what_the_slave_wrote)
{
	const pty_ends pty = make_pty();
	const watch master{GetParam(), pty.master, EPOLLIN};
	EXPECT_THAT(master.now(), stays_at(0));

	write_bytes(pty.slave, 1);
	EXPECT_THAT(master.next(), wakes_with(EPOLLIN));
	drain(pty.master);
	EXPECT_THAT(master.now(), stays_at(0));
}

// behaviours: 43, 53, 54
TEST_P(TargetPty, raw_slave_shows_what_the_master_wrote)
{
	const pty_ends pty = make_pty();
	make_raw(pty.slave);
	const watch slave{GetParam(), pty.slave, EPOLLIN};
	EXPECT_THAT(slave.now(), stays_at(0));

	write_bytes(pty.master, 1);
	EXPECT_THAT(slave.next(), wakes_with(EPOLLIN));
	drain(pty.slave);
	EXPECT_THAT(slave.now(), stays_at(0));
}

// behaviours: 43, 53, 54
TEST_P(TargetPty, slave_in_line_mode_shows_whole_lines_only)
{
	const pty_ends pty = make_pty();
	const watch echo{GetParam(), pty.master, EPOLLIN};
	const watch slave{GetParam(), pty.slave, EPOLLIN};

	write_bytes(pty.master, 1);
	// The echo comes after the character has gone through the line discipline.
	ASSERT_THAT(echo.next(), wakes_with(EPOLLIN));
	EXPECT_THAT(slave.now(), stays_at(0));
	checked(static_cast<int>(write(pty.master, "\n", 1)), "write");
	EXPECT_THAT(slave.next(), wakes_with(EPOLLIN));
}

// behaviours: 43, 53, 54
TEST_P(TargetPty, master_hangs_up_with_the_last_slave)
{
	pty_ends pty = make_pty();
	const watch master{GetParam(), pty.master, EPOLLIN};
	unique_fd second_slave = duplicate(pty.slave);

	pty.slave.close();
	EXPECT_THAT(master.now(), stays_at(0));
	second_slave.close();
	EXPECT_THAT(master.now(), wakes_with(EPOLLHUP));
}

// behaviours: 43, 53, 54
TEST_P(TargetPty, slave_hangs_up_with_the_master)
{
	pty_ends pty = make_pty();
	const watch slave{GetParam(), pty.slave, all_events};
	ASSERT_THAT(slave.now(), wakes_with(writable));

	pty.master.close();

	const std::uint32_t hung_up = readable | writable | EPOLLERR | EPOLLHUP;
	EXPECT_THAT(slave.now(), wakes_with(hung_up));
	EXPECT_THAT(slave.now(), stays_at(hung_up));
}

} // namespace
