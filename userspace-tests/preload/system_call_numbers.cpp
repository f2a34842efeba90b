// SPDX-License-Identifier: GPL-2.0-only
// epoll's system calls by number, through libc's syscall(2), and others made that way.
#include "preload/program.hpp"

#include <sys/syscall.h>

#include <csignal>

using namespace support;

namespace {

class PreloadNumbers : public device_test {};

TEST_F(PreloadNumbers, of_create_make_instances)
{
	const unique_fd sized{static_cast<int>(syscall(SYS_epoll_create, 1))};
	const unique_fd flagged{static_cast<int>(syscall(SYS_epoll_create1, EPOLL_CLOEXEC))};
	EXPECT_TRUE(is_instance(sized));
	EXPECT_TRUE(is_instance(flagged));
}

TEST_F(PreloadNumbers, of_ctl_and_the_waits_reach_the_instance)
{
	const event_set set{backend::preload};
	const unique_fd counter = make_eventfd(1);
	epoll_event event{};
	event.events = EPOLLIN;
	ASSERT_EQ(syscall(SYS_epoll_ctl, int{set.fd()}, EPOLL_CTL_ADD, int{counter}, &event), 0);

	const timespec second{1, 0};
	EXPECT_EQ(syscall(SYS_epoll_wait, int{set.fd()}, &event, 1, -1), 1);
	EXPECT_EQ(syscall(SYS_epoll_pwait, int{set.fd()}, &event, 1, -1, nullptr, 0), 1);
	EXPECT_EQ(syscall(SYS_epoll_pwait2, int{set.fd()}, &event, 1, &second, nullptr, 0), 1);
	EXPECT_EQ(syscall(SYS_epoll_ctl, int{set.fd()}, EPOLL_CTL_DEL, int{counter}, nullptr), 0);
	EXPECT_EQ(syscall(SYS_epoll_wait, int{set.fd()}, &event, 1, 0), 0);
}

// behaviours: 84, 85
TEST_F(PreloadNumbers, of_pwait_put_the_mask_in_force)
{
	const event_set set{backend::preload};
	const signal_counter signals{SIGUSR1};
	block_signals({SIGUSR1});
	raise(SIGUSR1);
	const sigset_t none = signal_set({});
	epoll_event event{};
	EXPECT_EQ(syscall(SYS_epoll_pwait, int{set.fd()}, &event, 1, -1, &none, kernel_sigset_size),
		  -1);
	EXPECT_EQ(errno, EINTR);
	EXPECT_EQ(signals.count(), 1);
	EXPECT_TRUE(is_blocked(SIGUSR1));
}

TEST_F(PreloadNumbers, of_everything_else_go_to_the_kernel_with_all_arguments)
{
	EXPECT_EQ(syscall(SYS_getpid), getpid());
	EXPECT_EQ(syscall(-1), -1);
	EXPECT_EQ(errno, ENOSYS);
	void* const page = reinterpret_cast<void*>(
		syscall(SYS_mmap, nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0));
	ASSERT_NE(page, MAP_FAILED);
	EXPECT_EQ(munmap(page, 4096), 0);
}

TEST_F(PreloadNumbers, of_io_uring_answer_as_the_kernel_unless_it_is_switched_off)
{
	const outcome usual = run_program({epoll_maker, "io_uring"}, preloaded());
	const outcome off = run_program({epoll_maker, "io_uring"},
					preloaded({{"MYEPOLL_PRELOAD_IO_URING", "off"}}));
	EXPECT_EQ(usual.output, run_program({epoll_maker, "io_uring"}).output);
	EXPECT_EQ(off.output, "ENOSYS\n");
}

} // namespace
