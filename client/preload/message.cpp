// SPDX-License-Identifier: MIT
#include "message.hpp"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "device.hpp"
#include "kernel_call.hpp"

namespace preload {
namespace {

constexpr std::size_t kernel_sigset_size = 8;
using kernel_sigset = std::uint64_t;

struct file_identity {
	dev_t device;
	ino_t number;
	bool operator==(const file_identity&) const = default;
};

file_identity stderr_at_start;
std::atomic<bool> stderr_is_known;
std::atomic<bool> told;

bool identify_stderr(file_identity& found)
{
	struct stat status;
	const int saved = errno;
	const bool open = fstat(STDERR_FILENO, &status) == 0;
	errno = saved;
	found = open ? file_identity{status.st_dev, status.st_ino} : file_identity{};
	return open;
}

[[gnu::constructor]] void remember_stderr()
{
	identify_stderr(stderr_at_start);
	stderr_is_known = true;
}

bool stderr_is_the_users()
{
	file_identity now;
	return identify_stderr(now) && (!stderr_is_known || now == stderr_at_start);
}

// A closed pipe must not end the program: SIGPIPE is blocked, and consumed if the write raised it.
void write_line(const iovec* parts, int count)
{
	constexpr kernel_sigset sigpipe = kernel_sigset{1} << (SIGPIPE - 1);
	kernel_sigset mask = 0;
	kernel_sigset pending = 0;
	kernel_call(SYS_rt_sigpending, &pending, kernel_sigset_size);
	kernel_call(SYS_rt_sigprocmask, SIG_BLOCK, &sigpipe, &mask, kernel_sigset_size);
	const long written = kernel_call(SYS_writev, STDERR_FILENO, parts, count);
	if (written == -EPIPE && (pending & sigpipe) == 0) {
		constexpr timespec at_once{};
		kernel_call(SYS_rt_sigtimedwait, &sigpipe, nullptr, &at_once, kernel_sigset_size);
	}
	kernel_call(SYS_rt_sigprocmask, SIG_SETMASK, &mask, nullptr, kernel_sigset_size);
}

// musl does not have it.
#pragma weak strerrordesc_np
const char* describe(int error) { return strerrordesc_np != nullptr ? strerrordesc_np(error) : nullptr; }

// Need not be thread-safe: only one message is ever written.
char words_about_age[100];

const char* remedy_of(int error)
{
	switch (error) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return " (is the module loaded? modprobe myepoll)";
	case EPROTONOSUPPORT:
		std::snprintf(words_about_age, sizeof(words_about_age),
			      " (the module has ABI %u, this library needs %u or later)", device::found_abi(),
			      device::oldest_abi);
		return words_about_age;
	default:
		return "";
	}
}

iovec part(const char* text) { return {const_cast<char*>(text), std::strlen(text)}; }

} // namespace

void tell_once_that_device_is_missing(int error, const char* consequence)
{
	if (told.exchange(true) || !stderr_is_the_users())
		return;
	const char* const reason = describe(error);
	const iovec parts[] = {part("myepoll: /dev/myepoll: "),
			       part(reason != nullptr ? reason : "unknown error"),
			       part(remedy_of(error)), part("; "),
			       part(consequence), part("\n")};
	write_line(parts, sizeof(parts) / sizeof(parts[0]));
}

} // namespace preload
