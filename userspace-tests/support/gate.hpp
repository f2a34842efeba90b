// SPDX-License-Identifier: GPL-2.0-only
// Where a thread is in the kernel, read from /proc: the gate that a test waits at instead of
// sleeping for a while and hoping.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace support {

struct thread_state {
	char state = '?';       // R, S, D, .. as in /proc/PID/stat
	long syscall = -1;      // the call it sleeps in, -1 when it runs or is in none
	std::uint64_t first_argument = 0;
	std::uint64_t second_argument = 0;
	std::string wchan;      // the kernel function it sleeps in
};

thread_state inspect_thread(pid_t process, pid_t thread);
std::vector<pid_t> threads_of(pid_t process);

// Asleep in epoll_wait(2) or one of its variants on that descriptor, or in the WAIT ioctl: off the
// CPU, enqueued, and neither faulting on its event buffer nor polling a slow target.
bool asleep_in_wait(const thread_state& state, int epfd);
bool asleep_in(const thread_state& state, long syscall);
// Polling a polled_file that has not answered yet.
bool awaits_answer(const thread_state& state);

// Returns once the condition holds; a condition that never holds runs into the test's timeout.
void await(const std::function<bool()>& condition);

// Like await(), but false after a few seconds: for what the test itself may be holding up.
bool soon(const std::function<bool()>& condition);

} // namespace support
