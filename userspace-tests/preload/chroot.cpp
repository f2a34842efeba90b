// SPDX-License-Identifier: GPL-2.0-only
// Programs that shut themselves into a folder without /dev: the library opens the device before and
// keeps it, out of their way.
#include "support/test.hpp"

#include <fcntl.h>
#include <sys/syscall.h>

#include <filesystem>

using namespace support;

namespace {

constexpr int nobody = 65534;
constexpr int end_of_numbers = 2048;

class PreloadChroot : public device_test {
protected:
	std::optional<std::string> why_impossible() const override
	{
		return getuid() == 0 ? std::nullopt : std::optional<std::string>{"needs root for chroot"};
	}
	const std::string empty_folder() const { return folder_.path(""); }

private:
	temporary_folder folder_;
};

// Without /proc, as it is in there.
std::vector<int> open_numbers()
{
	std::vector<int> open;
	for (int fd = 0; fd < end_of_numbers; ++fd)
		if (fcntl(fd, F_GETFD) >= 0)
			open.push_back(fd);
	return open;
}

void expect_working_set()
{
	const event_set set{backend::preload};
	const unique_fd counter = make_eventfd(1);
	EXPECT_THAT(set.add(counter, EPOLLIN), succeeds());
	EXPECT_THAT(set.wait(), delivers({{EPOLLIN, counter}}));
}

TEST_F(PreloadChroot, into_an_empty_folder_leaves_the_module_in_reach)
{
	EXPECT_EQ(in_child([this] {
		checked(chroot(empty_folder().c_str()), "chroot");
		expect_working_set();
		checked(setuid(nobody), "setuid");
		expect_working_set();
		EXPECT_EQ(in_child(expect_working_set), 0);
	}), 0);
}

TEST_F(PreloadChroot, by_its_number_does_the_same)
{
	EXPECT_EQ(in_child([this] {
		checked(static_cast<int>(syscall(SYS_chroot, empty_folder().c_str())), "chroot");
		expect_working_set();
	}), 0);
}

TEST_F(PreloadChroot, keeps_one_high_number_that_ends_with_exec)
{
	EXPECT_EQ(in_child([this] {
		std::vector<int> before = open_numbers();
		const int lowest_free = make_eventfd();
		checked(chroot(empty_folder().c_str()), "chroot");

		const std::vector<int> after = open_numbers();

		ASSERT_EQ(after.size(), before.size() + 1);
		EXPECT_GT(after.back(), 900);
		EXPECT_EQ(fcntl(after.back(), F_GETFD), FD_CLOEXEC);
		EXPECT_EQ(event_set{backend::preload}.fd(), lowest_free);
	}), 0);
}

TEST_F(PreloadChroot, a_second_one_needs_no_second_number)
{
	EXPECT_EQ(in_child([this] {
		checked(mkdir((empty_folder() + "/inner").c_str(), 0700), "mkdir");
		checked(chroot(empty_folder().c_str()), "chroot");
		const std::size_t before = open_numbers().size();
		checked(chroot("/inner"), "chroot");
		EXPECT_EQ(open_numbers().size(), before);
		expect_working_set();
	}), 0);
	std::filesystem::remove(empty_folder() + "/inner");
}

TEST_F(PreloadChroot, that_fails_or_leads_to_a_root_with_the_device_keeps_nothing)
{
	EXPECT_EQ(in_child([] {
		const std::size_t before = open_numbers().size();
		errno = 0;
		EXPECT_EQ(chroot("/no/such/folder"), -1);
		EXPECT_EQ(errno, ENOENT);
		EXPECT_EQ(chroot("/"), 0);
		EXPECT_EQ(open_numbers().size(), before);
		expect_working_set();
	}), 0);
}

TEST_F(PreloadChroot, a_program_that_closes_everything_is_without_the_module)
{
	EXPECT_EQ(in_child([this] {
		checked(chroot(empty_folder().c_str()), "chroot");
		const int kept = open_numbers().back();
		// Standard error is not the one that the program started with: no warning.
		const int silence = make_eventfd().release();
		dup2(silence, STDERR_FILENO);
		close(kept);
		// Another file in its place is not mistaken for the device, be it an instance.
		for (const int other : {silence, int{event_set{backend::epoll}.fd()}}) {
			dup2(other, kept);
			const unique_fd made{epoll_create1(0)};
			EXPECT_GE(made, 0);
			EXPECT_FALSE(is_instance(made));
		}
	}), 0);
}

} // namespace
