// SPDX-License-Identifier: GPL-2.0-only
// Programs that cut themselves off from /dev/myepoll: the library opens the device beforehand and
// keeps it, on a descriptor that is out of their way.
#include "support/namespaces.hpp"
#include "support/test.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <filesystem>

using namespace support;

namespace {

constexpr int nobody = 65534;
constexpr int end_of_numbers = 2048;

class PreloadOutOfSight : public device_test {
protected:
	std::optional<std::string> why_impossible() const override
	{
		return getuid() == 0 ? std::nullopt : std::optional<std::string>{"needs root"};
	}
	const std::string empty_folder() const { return folder_.path(""); }

private:
	temporary_folder folder_;
};

// Without /proc, which a chroot does not have.
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

TEST_F(PreloadOutOfSight, by_chroot_the_module_is_in_reach)
{
	EXPECT_EQ(in_child([this] {
		checked(chroot(empty_folder().c_str()), "chroot");
		expect_working_set();
		checked(setuid(nobody), "setuid");
		expect_working_set();
		EXPECT_EQ(in_child(expect_working_set), 0);
	}), 0);
}

TEST_F(PreloadOutOfSight, by_the_number_of_chroot_it_is_so_as_well)
{
	EXPECT_EQ(in_child([this] {
		checked(static_cast<int>(syscall(SYS_chroot, empty_folder().c_str())), "chroot");
		expect_working_set();
	}), 0);
}

TEST_F(PreloadOutOfSight, one_high_number_is_kept_that_ends_with_exec)
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

TEST_F(PreloadOutOfSight, a_second_time_takes_no_second_number)
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

TEST_F(PreloadOutOfSight, a_chroot_that_fails_has_its_own_error)
{
	EXPECT_EQ(in_child([] {
		errno = 0;
		EXPECT_EQ(chroot("/no/such/folder"), -1);
		EXPECT_EQ(errno, ENOENT);
		expect_working_set();
	}), 0);
}

void hide_device() { checked(mount("none", "/dev", "tmpfs", 0, nullptr), "mount"); }

TEST_F(PreloadOutOfSight, in_mounts_of_its_own_the_module_is_in_reach)
{
	EXPECT_EQ(in_child([] {
		leave_shared_mounts();
		hide_device();
		expect_working_set();
	}), 0);
}

TEST_F(PreloadOutOfSight, in_the_mounts_of_another_process_the_module_is_in_reach)
{
	EXPECT_EQ(in_child([] {
		pipe_ends ready = make_pipe();
		fcntl(ready.reader, F_SETFL, 0);
		const child_process other{[&] {
			kernel_call(SYS_unshare, CLONE_NEWNS);
			mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
			hide_device();
			write_bytes(ready.writer, 1);
			pause();
		}};
		char byte;
		ASSERT_EQ(read(ready.reader, &byte, 1), 1);
		const unique_fd process{static_cast<int>(syscall(SYS_pidfd_open, other.pid(), 0))};
		checked(setns(process, CLONE_NEWNS), "setns");
		EXPECT_EQ(access("/dev/myepoll", F_OK), -1);
		expect_working_set();
	}), 0);
}

// From then on no file can be opened.
void restrict_by_landlock()
{
	landlock_ruleset_attr all{};
	all.handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE;
	const long rules = syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	checked(static_cast<int>(rules), "landlock_create_ruleset");
	checked(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
	checked(static_cast<int>(syscall(SYS_landlock_restrict_self, rules, 0)), "landlock_restrict_self");
	close(static_cast<int>(rules));
}

TEST_F(PreloadOutOfSight, under_landlock_the_module_is_in_reach)
{
	if (syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) < 0)
		GTEST_SKIP() << "the kernel has no Landlock";
	EXPECT_EQ(in_child([] {
		restrict_by_landlock();
		EXPECT_EQ(open("/dev/myepoll", O_RDONLY), -1);
		expect_working_set();
	}), 0);
}

TEST_F(PreloadOutOfSight, a_program_that_closes_everything_is_without_the_module)
{
	EXPECT_EQ(in_child([this] {
		checked(chroot(empty_folder().c_str()), "chroot");
		const int kept = open_numbers().back();
		// Standard error is no longer the one that the program started with, so no warning is printed.
		const int silence = make_eventfd().release();
		dup2(silence, STDERR_FILENO);
		close(kept);
		// Another file in its place is not mistaken for the device, not even an epoll.
		for (const int other : {silence, int{event_set{backend::epoll}.fd()}}) {
			dup2(other, kept);
			const unique_fd made{epoll_create1(0)};
			EXPECT_GE(made, 0);
			EXPECT_FALSE(is_instance(made));
		}
	}), 0);
}

} // namespace
