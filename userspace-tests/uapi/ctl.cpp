// SPDX-License-Identifier: GPL-2.0-only
// MYEPOLL_IOC_CTL: every errno, in the order in which the checks are made.
#include "support/test.hpp"

#include <fcntl.h>

#include <array>

using namespace support;

namespace {

// One of each kind of target.
struct targets {
	explicit targets(const event_set& set)
	{
		self_again = duplicate(set.fd());
		EXPECT_THAT(set.add(watched, EPOLLIN), succeeds());
	}
	temporary_folder folder;
	unique_fd bad;
	unique_fd watched = make_eventfd();
	unique_fd unwatched = make_eventfd();
	unique_fd regular = open_file(folder.path("file"), O_RDWR | O_CREAT);
	unique_fd directory = open_file("/", O_RDONLY | O_DIRECTORY);
	unique_fd null = open_file("/dev/null", O_RDWR);
	unique_fd path = open_file("/dev/null", O_PATH);
	unique_fd device = open_file("/dev/myepoll", O_RDWR);
	unique_fd self_again;
	event_set kernel_epoll{backend::epoll};
	unique_fd epoll_again = duplicate(kernel_epoll.fd());
};

class CtlIoctl : public device_test {};

TEST_F(CtlIoctl, fails_with_efault_where_it_cannot_read_its_argument)
{
	const event_set set = create();
	const page_before_hole page;
	for (const void* const bad : {static_cast<void*>(nullptr), unmapped_pointer, kernel_pointer,
				      non_canonical_pointer, page.last_bytes(sizeof(myepoll_ctl) - 1)})
		EXPECT_THAT(raw::ioctl(set.fd(), MYEPOLL_IOC_CTL, bad), fails_with(EFAULT)) << bad;
}

struct ctl_error {
	const char* what;
	int op;
	unique_fd targets::* target;
	std::uint32_t mask;
	bool readable_event;
	int error;
};

constexpr int add = EPOLL_CTL_ADD;
constexpr int mod = EPOLL_CTL_MOD;
constexpr int del = EPOLL_CTL_DEL;
constexpr int unknown = 99;
constexpr bool readable = true;
constexpr bool unreadable = false;

// The first check that fails decides the errno; one row for each pair of errors that can coincide.
const ctl_error ctl_errors[] = {
	{"event before a bad target", add, &targets::bad, EPOLLIN, unreadable, EFAULT},
	{"event before a bad target", mod, &targets::bad, EPOLLIN, unreadable, EFAULT},
	{"event before an unknown op", unknown, &targets::watched, EPOLLIN, unreadable, EFAULT},
	{"event before EPERM", add, &targets::regular, EPOLLIN, unreadable, EFAULT},
	{"event before self", add, &targets::self_again, EPOLLIN, unreadable, EFAULT},
	{"event before ELOOP", add, &targets::epoll_again, EPOLLIN, unreadable, EFAULT},
	{"event before EEXIST", add, &targets::watched, EPOLLIN, unreadable, EFAULT},
	{"event before ENOENT", mod, &targets::unwatched, EPOLLIN, unreadable, EFAULT},
	{"DEL reads no event", del, &targets::unwatched, EPOLLIN, unreadable, ENOENT},
	{"bad target", add, &targets::bad, EPOLLIN, readable, EBADF},
	{"bad target", mod, &targets::bad, EPOLLIN, readable, EBADF},
	{"bad target", del, &targets::bad, EPOLLIN, readable, EBADF},
	{"bad target before an unknown op", unknown, &targets::bad, EPOLLIN, readable, EBADF},
	{"O_PATH is a bad target", add, &targets::path, EPOLLIN, readable, EBADF},
	{"regular file", add, &targets::regular, EPOLLIN, readable, EPERM},
	{"regular file", mod, &targets::regular, EPOLLIN, readable, EPERM},
	{"regular file", del, &targets::regular, EPOLLIN, readable, EPERM},
	{"EPERM before an unknown op", unknown, &targets::regular, EPOLLIN, readable, EPERM},
	{"EPERM before the mask", add, &targets::regular, EPOLLEXCLUSIVE, readable, EPERM},
	{"directory", add, &targets::directory, EPOLLIN, readable, EPERM},
	{"/dev/null", add, &targets::null, EPOLLIN, readable, EPERM},
	{"/dev/myepoll", add, &targets::device, EPOLLIN, readable, EPERM},
	{"self", add, &targets::self_again, EPOLLIN, readable, EINVAL},
	{"self", mod, &targets::self_again, EPOLLIN, readable, EINVAL},
	{"self", del, &targets::self_again, EPOLLIN, readable, EINVAL},
	{"kernel epoll", add, &targets::epoll_again, EPOLLIN, readable, ELOOP},
	{"mask before EEXIST", add, &targets::watched, EPOLLEXCLUSIVE | EPOLLPRI, readable, EINVAL},
	{"watched twice", add, &targets::watched, EPOLLIN, readable, EEXIST},
	{"not watched", mod, &targets::unwatched, EPOLLIN, readable, ENOENT},
	{"not watched", del, &targets::unwatched, EPOLLIN, readable, ENOENT},
	{"unknown op, watched", unknown, &targets::watched, EPOLLIN, readable, EINVAL},
	{"unknown op, not watched", unknown, &targets::unwatched, EPOLLIN, readable, EINVAL},
	{"op 0", 0, &targets::unwatched, EPOLLIN, readable, EINVAL},
	{"op 4", 4, &targets::unwatched, EPOLLIN, readable, EINVAL},
	{"op -1", -1, &targets::unwatched, EPOLLIN, readable, EINVAL},
};

// behaviours: 10, 11, 12, 13, 15, 16, 17
TEST_F(CtlIoctl, fails_by_the_first_check_that_fails)
{
	const event_set set = create();
	const targets all{set};
	for (const ctl_error& row : ctl_errors) {
		epoll_event event{};
		event.events = row.mask;
		const void* const address = row.readable_event ? &event : unmapped_pointer;
		EXPECT_THAT(set.ctl(row.op, all.*row.target, address), fails_with(row.error))
			<< row.what << ", op " << row.op;
	}
}

TEST_F(CtlIoctl, refuses_itself_by_its_own_number_too)
{
	const event_set set = create();
	EXPECT_THAT(set.add(set.fd(), EPOLLIN), fails_with(EINVAL));
	EXPECT_THAT(set.mod(set.fd(), EPOLLIN), fails_with(EINVAL));
	EXPECT_THAT(set.del(set.fd()), fails_with(EINVAL));
}

// behaviours: 25
TEST_F(CtlIoctl, keeps_nothing_of_a_refused_kernel_epoll)
{
	const event_set set = create();
	const targets all{set};
	EXPECT_THAT(set.add(all.kernel_epoll.fd(), EPOLLIN), fails_with(ELOOP));
	EXPECT_THAT(set.del(all.kernel_epoll.fd()), fails_with(ENOENT));
	EXPECT_EQ(fdinfo_of(set.fd()).size(), 1U);
}

} // namespace
