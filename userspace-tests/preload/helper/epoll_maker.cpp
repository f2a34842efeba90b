// SPDX-License-Identifier: GPL-2.0-only
// Does with epoll what its arguments say, one after the other, and prints a line for each; without arguments, waits for
// three events. It knows nothing of the tests, needs only libc, and is also built statically.
#include "../../../client/preload/kernel_call.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace {

void print_kind(int fd)
{
	if (fd < 0) {
		std::printf("%s\n", strerrorname_np(errno));
		return;
	}
	char path[64];
	char kind[64] = {};
	std::snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, kind, sizeof(kind) - 1) < 0)
		std::exit(1);
	std::printf("%s\n", kind);
}

int raw_create(int flags)
{
	return static_cast<int>(preload::to_errno(preload::kernel_call(SYS_epoll_create1, flags)));
}

void libc() { print_kind(epoll_create1(0)); }
void raw() { print_kind(raw_create(0)); }
void refused() { print_kind(raw_create(1)); }

void io_uring()
{
	if (syscall(SYS_io_uring_setup, 1, nullptr) < 0)
		std::printf("%s\n", strerrorname_np(errno));
}

// Waits on descriptor 3, which this program has inherited.
void wait_on_3()
{
	epoll_event event;
	const int count = epoll_wait(3, &event, 1, 0);
	std::printf("%d with %d\n", count, count > 0 ? event.data.fd : -1);
}

// Three events with data, into uninitialized memory.
void harvest()
{
	const int set = epoll_create1(0);
	print_kind(set);
	for (std::uint64_t data : {1, 2, 3}) {
		epoll_event event{EPOLLIN, {.u64 = data}};
		epoll_ctl(set, EPOLL_CTL_ADD, eventfd(1, 0), &event);
	}
	auto* const events = static_cast<epoll_event*>(std::malloc(3 * sizeof(epoll_event)));
	const int count = epoll_wait(set, events, 3, -1);
	for (int i = 0; i < count; ++i)
		if (events[i].events == EPOLLIN)
			std::printf("%d%c", static_cast<int>(events[i].data.u64), i + 1 < count ? ' ' : '\n');
	std::free(events);
}

// Memory that only epoll hands from one thread to another: no race, but one to a tool that does not know
// epoll.
void hand_over()
{
	static int set;
	static int message;
	set = epoll_create1(0);
	pthread_t reader;
	pthread_create(
		&reader, nullptr,
		[](void*) -> void* {
			epoll_event event;
			if (epoll_wait(set, &event, 1, -1) == 1)
				std::printf("%d\n", message);
			return nullptr;
		},
		nullptr);
	message = 42;
	epoll_event event{EPOLLIN, {}};
	epoll_ctl(set, EPOLL_CTL_ADD, eventfd(1, 0), &event);
	pthread_join(reader, nullptr);
}

// Descriptor 2 becomes a file that must stay empty.
void replace_stderr()
{
	const int file = memfd_create("stderr", 0);
	dup2(file, STDERR_FILENO);
	libc();
	std::printf("%d bytes\n", static_cast<int>(lseek(file, 0, SEEK_CUR)));
}

void storm()
{
	for (int child = 0; child < 50; ++child)
		if (fork() == 0)
			_exit(raw_create(0) < 0);
	int failed = 0;
	for (int status = 0; wait(&status) > 0;)
		failed += status != 0;
	std::printf("%d failed\n", failed);
}

// Forks: true in the child, after the end of this program; false in the parent.
bool orphaned()
{
	pollfd parent{static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)), POLLIN, 0};
	if (fork() != 0)
		return false;
	poll(&parent, 1, -1);
	return true;
}

// Makes a kernel epoll after the end of this program.
void orphan()
{
	if (!orphaned())
		return;
	raw();
	std::fflush(stdout);
	_exit(0);
}

// The same, but waits for a byte on standard input first.
void patient_orphan()
{
	if (!orphaned())
		return;
	std::puts("ready");
	std::fflush(stdout);
	char byte;
	if (read(STDIN_FILENO, &byte, 1) == 1)
		raw();
	std::fflush(stdout);
	_exit(0);
}

void await_sigterm()
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, nullptr);
	std::puts("ready");
	std::fflush(stdout);
	int signal = 0;
	sigwait(&set, &signal);
	std::exit(7);
}

void libraries()
{
	std::FILE* const maps = std::fopen("/proc/self/maps", "r");
	for (char line[512]; std::fgets(line, sizeof(line), maps) != nullptr;)
		std::fputs(line, stdout);
	std::fclose(maps);
}

struct deed {
	const char* name;
	void (*perform)();
};

constexpr deed deeds[] = {
	{"libc", libc},
	{"harvest", harvest},
	{"hand_over", hand_over},
	{"raw", raw},
	{"refused", refused},
	{"io_uring", io_uring},
	{"wait_on_3", wait_on_3},
	{"replace_stderr", replace_stderr},
	{"storm", storm},
	{"orphan", orphan},
	{"patient_orphan", patient_orphan},
	{"await_sigterm", await_sigterm},
	{"libraries", libraries},
};

} // namespace

int main(int argc, char** argv)
{
	if (argc == 1)
		harvest();
	for (int i = 1; i < argc; ++i)
		for (const deed& each : deeds)
			if (std::strcmp(each.name, argv[i]) == 0)
				each.perform();
	return 0;
}
