// SPDX-License-Identifier: GPL-2.0-only
// Which errors ADD, MOD and DEL return, and which one takes precedence.
#include "support/test.hpp"

#include <fcntl.h>

#include <array>
#include <cstddef>
#include <cstring>

using namespace support;

namespace {

constexpr std::array known_ops{EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL};
constexpr std::array unknown_ops{0, 4, -1, 99};
constexpr std::array all_ops{EPOLL_CTL_ADD, EPOLL_CTL_MOD, EPOLL_CTL_DEL, 0, 4, -1, 99};

epoll_event in_event()
{
	epoll_event event{};
	event.events = EPOLLIN;
	return event;
}

SEMANTICS_SUITE(CtlErrors);

// behaviours: 11
TEST_P(CtlErrors, an_event_that_cannot_be_read_is_efault)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	const page_before_hole page;
	for (const void* const bad : {static_cast<void*>(nullptr), unmapped_pointer, kernel_pointer,
				      non_canonical_pointer, page.last_bytes(sizeof(epoll_event) - 1)})
		for (const int op : {EPOLL_CTL_ADD, EPOLL_CTL_MOD, 0, 99})
			EXPECT_THAT(set.ctl(op, counter, bad), fails_with(EFAULT)) << op << " " << bad;
	EXPECT_THAT(set.del(counter), fails_with(ENOENT));
}

// behaviours: 10, 11
TEST_P(CtlErrors, an_unreadable_event_beats_a_bad_instance)
{
	const unique_fd counter = make_eventfd();
	for (const int op : {EPOLL_CTL_ADD, EPOLL_CTL_MOD, 0, 99})
		EXPECT_THAT(raw::ctl(GetParam(), -1, op, counter, nullptr), fails_with(EFAULT)) << op;
}

// behaviours: 11
TEST_P(CtlErrors, del_does_not_read_the_event)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	EXPECT_THAT(set.ctl(EPOLL_CTL_DEL, counter, unmapped_pointer), returns(0));
	EXPECT_THAT(set.ctl(EPOLL_CTL_DEL, counter, kernel_pointer), fails_with(ENOENT));
}

// behaviours: 22
TEST_P(CtlErrors, the_event_needs_no_alignment)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	std::array<std::byte, 2 * sizeof(epoll_event)> buffer{};
	void* const odd = buffer.data() + 1;
	const epoll_event event = in_event();
	std::memcpy(odd, &event, sizeof(event));
	EXPECT_THAT(set.ctl(EPOLL_CTL_ADD, counter, odd), returns(0));
	EXPECT_THAT(set.wait(odd, 1, 0), returns(1));
	EXPECT_EQ(std::memcmp(odd, &event, sizeof(event)), 0);
}

// behaviours: 12
TEST_P(CtlErrors, a_bad_target_is_ebadf_for_every_op)
{
	const event_set set = create();
	const epoll_event event = in_event();
	const unique_fd path = open_file("/dev/null", O_PATH);
	for (const int op : all_ops)
		for (const int bad : {-1, 499, static_cast<int>(path)})
			EXPECT_THAT(set.ctl(op, bad, &event), fails_with(EBADF)) << op << " " << bad;
}

// behaviours: 12
TEST_P(CtlErrors, a_bad_instance_is_ebadf_for_every_op)
{
	const epoll_event event = in_event();
	const unique_fd counter = make_eventfd();
	const unique_fd path = open_file("/dev/null", O_PATH);
	for (const int op : all_ops)
		for (const int bad : {-1, 499, static_cast<int>(path)})
			EXPECT_THAT(raw::ctl(GetParam(), bad, op, counter, &event), fails_with(EBADF))
				<< op << " " << bad;
}

// behaviours: 10, 12
TEST_P(CtlErrors, a_bad_instance_beats_a_target_that_cannot_be_polled)
{
	const epoll_event event = in_event();
	const unique_fd null = open_file("/dev/null", O_RDWR);
	EXPECT_THAT(raw::ctl(GetParam(), -1, EPOLL_CTL_ADD, null, &event), fails_with(EBADF));
}

// behaviours: 13, 10
TEST_P(CtlErrors, a_target_that_cannot_be_polled_is_eperm_for_every_op)
{
	const event_set set = create();
	const temporary_folder folder;
	const unique_fd regular = open_file(folder.path("file"), O_RDWR | O_CREAT);
	const epoll_event event = in_event();
	for (const int op : all_ops) {
		EXPECT_THAT(set.ctl(op, regular, &event), fails_with(EPERM)) << op;
		for (const char* const path : {"/", "/dev/null", "/dev/zero", "/proc/self/stat"})
			EXPECT_THAT(set.ctl(op, open_file(path, O_RDONLY), &event), fails_with(EPERM))
				<< path << " " << op;
	}
}

// behaviours: 13
TEST_P(CtlErrors, some_files_of_proc_and_sys_can_be_polled)
{
	const event_set set = create();
	for (const char* const path : {"/proc/self/mounts", "/sys/kernel/uevent_seqnum"}) {
		const unique_fd file = open_file(path, O_RDONLY);
		EXPECT_THAT(set.add(file, EPOLLIN), succeeds()) << path;
	}
}

// behaviours: 14, 10
TEST_P(CtlErrors, a_file_that_is_no_instance_is_einval)
{
	const pipe_ends ends = make_pipe();
	const temporary_folder folder;
	const unique_fd regular = open_file(folder.path("file"), O_RDWR | O_CREAT);
	const epoll_event event = in_event();
	for (const int op : all_ops)
		EXPECT_THAT(raw::ctl(GetParam(), regular, op, ends.reader, &event),
			    fails_with(EINVAL)) << op;
}

// behaviours: 14, 10
TEST_P(CtlErrors, a_target_that_cannot_be_polled_beats_a_file_that_is_no_instance)
{
	const pipe_ends ends = make_pipe();
	const unique_fd null = open_file("/dev/null", O_RDWR);
	const epoll_event event = in_event();
	EXPECT_THAT(raw::ctl(GetParam(), ends.reader, EPOLL_CTL_ADD, null, &event),
		    fails_with(EPERM));
}

// behaviours: 15
TEST_P(CtlErrors, itself_is_einval_by_any_number)
{
	const event_set set = create();
	const unique_fd again = duplicate(set.fd());
	for (const int op : known_ops) {
		const epoll_event event = in_event();
		EXPECT_THAT(set.ctl(op, set.fd(), &event), fails_with(EINVAL)) << op;
		EXPECT_THAT(set.ctl(op, again, &event), fails_with(EINVAL)) << op;
	}
}

// behaviours: 16, 10
TEST_P(CtlErrors, an_unknown_op_is_einval)
{
	const event_set set = create();
	const unique_fd watched = make_eventfd();
	const unique_fd unwatched = make_eventfd();
	ASSERT_THAT(set.add(watched, EPOLLIN), succeeds());
	for (const int op : unknown_ops)
		for (const std::uint32_t exclusive : {std::uint32_t{0}, std::uint32_t{EPOLLEXCLUSIVE}}) {
			epoll_event event = in_event();
			event.events |= exclusive;
			EXPECT_THAT(set.ctl(op, watched, &event), fails_with(EINVAL)) << op;
			EXPECT_THAT(set.ctl(op, unwatched, &event), fails_with(EINVAL)) << op;
		}
	EXPECT_EQ(mask_in_fdinfo(set.fd(), watched), EPOLLIN | EPOLLERR | EPOLLHUP);
	EXPECT_EQ(mask_in_fdinfo(set.fd(), unwatched), std::nullopt);
}

// behaviours: 17
TEST_P(CtlErrors, adding_twice_is_eexist_and_changes_nothing)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, EPOLLIN, 1), succeeds());
	EXPECT_THAT(set.add(counter, EPOLLOUT, 2), fails_with(EEXIST));
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, 1}}));
}

// behaviours: 17
TEST_P(CtlErrors, what_is_not_watched_is_enoent)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	EXPECT_THAT(set.mod(counter, EPOLLIN), fails_with(ENOENT));
	EXPECT_THAT(set.del(counter), fails_with(ENOENT));
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	ASSERT_THAT(set.del(counter), succeeds());
	EXPECT_THAT(set.del(counter), fails_with(ENOENT));
}

// behaviours: 17
TEST_P(CtlErrors, a_duplicate_is_not_the_watched_number)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	const unique_fd again = duplicate(counter);
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	EXPECT_THAT(set.mod(again, EPOLLIN), fails_with(ENOENT));
	EXPECT_THAT(set.del(again), fails_with(ENOENT));
}

// behaviours: 21
TEST_P(CtlErrors, unknown_bits_are_stored_and_never_match)
{
	constexpr std::uint32_t unknown = 0x07fff800 & ~std::uint32_t{EPOLLRDHUP};
	const event_set set = create();
	const unique_fd counter = make_eventfd(1);
	ASSERT_THAT(set.add(counter, unknown), succeeds());
	EXPECT_EQ(mask_in_fdinfo(set.fd(), counter), unknown | EPOLLERR | EPOLLHUP);
	EXPECT_THAT(set.wait(), delivers_nothing());
	ASSERT_THAT(set.mod(counter, unknown | EPOLLIN), succeeds());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
}

} // namespace
