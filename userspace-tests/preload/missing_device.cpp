// SPDX-License-Identifier: GPL-2.0-only
// Programs under the preload library that cannot use /dev/myepoll.
#include "preload/program.hpp"
#include "support/namespaces.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <csignal>
#include <cstddef>
#include <iterator>

#include <linux/myepoll.h>

using namespace support;

namespace {

constexpr const char* warning =
	"myepoll: /dev/myepoll: No such file or directory (is the module loaded? modprobe myepoll); "
	"falling back to the kernel's epoll\n";
constexpr const char* refusal = "myepoll: /dev/myepoll: No such file or directory (is the module loaded? modprobe myepoll); "
				"MYEPOLL_PRELOAD=require, so epoll_create fails\n";

// For this process, and for the program that it executes.
void hide_device()
{
	leave_shared_mounts();
	checked(mount("none", "/dev", "tmpfs", 0, nullptr), "mount tmpfs");
}

class PreloadWithoutDevice : public suite {
	std::optional<std::string> why_impossible() const override
	{
		return getuid() == 0 ? std::nullopt : std::optional<std::string>{"needs root to hide the device"};
	}
	bool needs_myepoll() const override { return false; }
};

TEST_F(PreloadWithoutDevice, programs_go_on_with_the_kernels_epoll_and_are_warned_once)
{
	const outcome ran = run_program({epoll_maker, "libc", "libc"}, preloaded(), hide_device);
	EXPECT_EQ(ran.output, std::string{made_by_kernel} + made_by_kernel);
	EXPECT_EQ(ran.errors, warning);
}

TEST_F(PreloadWithoutDevice, programs_that_require_it_get_the_error_and_one_message)
{
	const outcome ran = run_program({epoll_maker, "libc", "libc"},
					preloaded({{"MYEPOLL_PRELOAD", "require"}}), hide_device);
	EXPECT_EQ(ran.output, "ENOENT\nENOENT\n");
	EXPECT_EQ(ran.errors, refusal);
}

TEST_F(PreloadWithoutDevice, a_device_that_is_closed_to_the_user_is_as_good_as_none)
{
	const outcome ran = run_program({epoll_maker, "libc"}, preloaded(), [] {
		hide_device();
		unique_fd{open("/dev/myepoll", O_CREAT | O_WRONLY, 0600)}.close();
		checked(setuid(65534), "setuid");
	});
	EXPECT_EQ(ran.output, made_by_kernel);
	EXPECT_THAT(ran.errors, testing::HasSubstr("Permission denied"));
}

// INFO succeeds but fills in nothing, which looks like a module with ABI 0.
void make_module_old()
{
	sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MYEPOLL_IOC_INFO, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const sock_fprog program{std::size(filter), filter};
	checked(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges");
	checked(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), "seccomp");
}

TEST_F(PreloadWithoutDevice, a_module_that_is_too_old_is_told_with_both_numbers)
{
	const outcome ran = run_program({epoll_maker, "libc"}, preloaded(), make_module_old);
	EXPECT_EQ(ran.output, made_by_kernel);
	EXPECT_EQ(ran.errors, "myepoll: /dev/myepoll: Protocol not supported (the module has ABI 0, this library needs "
			      "2 or later); falling back to the kernel's epoll\n");
}

TEST_F(PreloadWithoutDevice, another_file_in_its_place_is_not_the_device)
{
	const outcome ran = run_program({epoll_maker, "libc"}, preloaded(), [] {
		hide_device();
		unique_fd{open("/dev/myepoll", O_CREAT | O_WRONLY, 0600)}.close();
	});
	EXPECT_EQ(ran.output, made_by_kernel);
	EXPECT_THAT(ran.errors, testing::HasSubstr("Inappropriate ioctl"));
}

TEST_F(PreloadWithoutDevice, a_reader_of_errors_who_is_gone_does_no_harm)
{
	const outcome ran = run_program({epoll_maker, "libc"}, preloaded(), [] {
		hide_device();
		pipe_ends ends = make_pipe();
		dup2(ends.writer, STDERR_FILENO);
		ends.reader.close();
	});
	EXPECT_EQ(ran.status, 0);
	EXPECT_EQ(ran.output, made_by_kernel);
}

TEST_F(PreloadWithoutDevice, the_warning_goes_to_no_file_that_has_taken_the_number_of_stderr)
{
	EXPECT_EQ(run_program({epoll_maker, "replace_stderr"}, preloaded(), hide_device).output,
		  std::string{made_by_kernel} + "0 bytes\n");
	EXPECT_EQ(run_program({epoll_maker, "replace_stderr"}, preloaded(),
			      [] { hide_device(); close(STDERR_FILENO); }).output,
		  std::string{made_by_kernel} + "0 bytes\n");
}

TEST_F(PreloadWithoutDevice, a_call_before_the_librarys_own_start_is_told_the_same)
{
	const outcome ran = run_program(
		{"true"}, preloaded_behind_early_library({{"MYEPOLL_PRELOAD", "require"}}), hide_device);
	EXPECT_EQ(ran.output, "early ENOENT\n");
	EXPECT_EQ(ran.errors, refusal);
}

TEST_F(PreloadWithoutDevice, the_command_says_so_at_once_if_it_is_required)
{
	const outcome ran = run_program({command, "run", "--require", "--", "echo", "ran"}, {}, hide_device);
	EXPECT_EQ(ran.exit_status(), 125);
	EXPECT_EQ(ran.output, "");
	EXPECT_THAT(ran.errors, testing::HasSubstr("(is the module loaded? modprobe myepoll)"));
}

} // namespace
