// SPDX-License-Identifier: GPL-2.0-only
// What /proc/PID/fdinfo and kcmp(2) show of an instance.
#include "support/test.hpp"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <array>
#include <cstdio>

using namespace support;

namespace {

constexpr std::uint32_t always = EPOLLERR | EPOLLHUP;

SEMANTICS_SUITE(Fdinfo);

// behaviours: 144
TEST_P(Fdinfo, has_one_line_per_item_in_exactly_this_form)
{
	const event_set set = create();
	const pipe_ends ends = make_pipe();
	ASSERT_THAT(set.add(ends.reader, EPOLLIN, 0xfedcba9876543210), succeeds());
	struct stat status {};
	ASSERT_EQ(fstat(ends.reader, &status), 0);

	// The kernel encodes a device number differently from the C library.
	const unsigned long device =
		(static_cast<unsigned long>(major(status.st_dev)) << 20) | minor(status.st_dev);
	std::array<char, 200> expected{};
	std::snprintf(expected.data(), expected.size(),
		      "tfd: %8d events: %8x data: %16llx  pos:%lli ino:%lx sdev:%lx", int{ends.reader},
		      EPOLLIN | always, 0xfedcba9876543210ULL, 0LL, status.st_ino, device);
	const auto items = fdinfo_of(set.fd());
	ASSERT_EQ(items.size(), 1U);
	EXPECT_EQ(items.front().line, expected.data());
}

// behaviours: 144
TEST_P(Fdinfo, is_empty_without_items)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	EXPECT_TRUE(fdinfo_of(set.fd()).empty());
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	EXPECT_EQ(fdinfo_of(set.fd()).size(), 1U);
	ASSERT_THAT(set.del(counter), succeeds());
	EXPECT_TRUE(fdinfo_of(set.fd()).empty());
}

// behaviours: 144
TEST_P(Fdinfo, shows_a_large_set_completely)
{
	const event_set set = create();
	std::array<unique_fd, 200> targets;
	for (unique_fd& target : targets) {
		target = make_eventfd();
		ASSERT_THAT(set.add(target, EPOLLIN), succeeds());
	}
	const auto items = fdinfo_of(set.fd());
	ASSERT_EQ(items.size(), targets.size());
	for (std::size_t i = 0; i < targets.size(); ++i)
		EXPECT_EQ(items[i].fd, targets[i]);
}

// behaviours: 145
TEST_P(Fdinfo, shows_masks_as_they_are_now)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN | EPOLLET), succeeds());
	EXPECT_EQ(mask_in_fdinfo(set.fd(), counter), EPOLLIN | EPOLLET | always);
	ASSERT_THAT(set.mod(counter, 0), succeeds());
	EXPECT_EQ(mask_in_fdinfo(set.fd(), counter), always);
}

// behaviours: 145
TEST_P(Fdinfo, is_not_for_strangers)
{
	if (getuid() != 0)
		GTEST_SKIP() << "needs root to become nobody";
	const event_set set = create();
	const std::string path =
		"/proc/" + std::to_string(getpid()) + "/fdinfo/" + std::to_string(set.fd());
	const auto open_as_nobody = [&] {
		checked(setuid(65534), "setuid");
		EXPECT_EQ(open(path.c_str(), O_RDONLY), -1);
		EXPECT_EQ(errno, EACCES);
	};
	EXPECT_EQ(in_child(open_as_nobody), 0);
}

long kcmp_epoll(int fd, const event_set& set, int target, unsigned nth)
{
	const kcmp_epoll_slot slot{static_cast<__u32>(int{set.fd()}), static_cast<__u32>(target), nth};
	const long result = syscall(SYS_kcmp, getpid(), getpid(), KCMP_EPOLL_TFD, fd, &slot);
	return result < 0 ? -errno : result;
}

// behaviours: 146
TEST_P(Fdinfo, kcmp_finds_the_file_behind_an_item)
{
	const event_set set = create();
	const unique_fd counter = make_eventfd();
	const unique_fd other = make_eventfd();
	ASSERT_THAT(set.add(counter, EPOLLIN), succeeds());
	EXPECT_THAT(kcmp_epoll(counter, set, counter, 0), returns(0));
	EXPECT_GT(kcmp_epoll(other, set, counter, 0), 0);
	EXPECT_THAT(kcmp_epoll(counter, set, other, 0), fails_with(ENOENT));
	EXPECT_THAT(kcmp_epoll(counter, set, counter, 1), fails_with(ENOENT));
}

} // namespace
