// SPDX-License-Identifier: MIT
#include "tools/epoll_filter.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <system_error>
#include <vector>

#include "tools/preload_library.hpp"
#include "tools/process.hpp"

namespace tools::epoll_filter {
namespace {

// No header has the call numbers of both architectures, so those of the 32-bit one are literals.
struct architecture {
	__u32 id;
	__u32 number_mask; // applied to a call's number
	std::vector<__u32> calls;
};

#if defined(__x86_64__)
constexpr __u32 without_x32_bit = ~__u32{0x40000000};
const std::vector<architecture> architectures{
	{AUDIT_ARCH_X86_64, without_x32_bit, {SYS_epoll_create, SYS_epoll_create1}},
	{AUDIT_ARCH_I386, ~__u32{0}, {254, 329}},
};
constexpr long call_with_size[] = {SYS_epoll_create, 254};
#elif defined(__aarch64__)
const std::vector<architecture> architectures{
	{AUDIT_ARCH_AARCH64, ~__u32{0}, {SYS_epoll_create1}},
	{AUDIT_ARCH_ARM, ~__u32{0}, {250, 357}},
};
constexpr long call_with_size[] = {250};
#else
#error "the system calls that create an epoll are not known for this architecture"
#endif

sock_filter load(std::size_t offset)
{
	return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<__u32>(offset));
}

sock_filter answer(__u32 action) { return BPF_STMT(BPF_RET | BPF_K, action); }

// Skips `count` instructions unless the loaded value is this one.
sock_filter skip_unless(__u32 value, std::size_t count)
{
	return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, static_cast<__u8>(count));
}

std::vector<sock_filter> make_program()
{
	std::vector<sock_filter> program;
	for (const architecture& each : architectures) {
		std::vector<sock_filter> part{load(offsetof(seccomp_data, nr)),
					      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, each.number_mask)};
		for (const __u32 call : each.calls) {
			part.push_back(skip_unless(call, 1));
			part.push_back(answer(SECCOMP_RET_USER_NOTIF));
		}
		part.push_back(answer(SECCOMP_RET_ALLOW));
		program.push_back(load(offsetof(seccomp_data, arch)));
		program.push_back(skip_unless(each.id, part.size()));
		program.insert(program.end(), part.begin(), part.end());
	}
	// Calls of any other architecture cannot be verified.
	program.push_back(answer(SECCOMP_RET_KILL_PROCESS));
	return program;
}

int try_to_install(const sock_fprog& program)
{
	// WAIT_KILLABLE_RECV (since 5.19) keeps signals from restarting a call that we have received,
	// so each is seen once.
	constexpr unsigned flags =
		SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (listener < 0 && errno == EINVAL)
		listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				   SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	return static_cast<int>(listener);
}

sighting look_at(pid_t process)
{
	const pid_t parent = parent_of(process);
	return {process, program_of(process), parent, name_of(parent),
		has_mapped(process, preload_library_name)};
}

// A call with invalid arguments makes nothing.
bool makes_an_epoll(const seccomp_data& call)
{
	const int argument = static_cast<int>(call.args[0]);
	for (const long number : call_with_size)
		if (call.nr == number)
			return argument > 0;
	return (argument & ~O_CLOEXEC) == 0;
}

} // namespace

myepoll::file_descriptor install()
{
	std::vector<sock_filter> instructions = make_program();
	const sock_fprog program{static_cast<unsigned short>(instructions.size()),
				 instructions.data()};
	int listener = try_to_install(program);
	// Without privileges the filter needs this, so no child can gain any.
	if (listener < 0 && errno == EACCES) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		listener = try_to_install(program);
	}
	if (listener < 0)
		throw std::system_error{errno, std::system_category(), "seccomp"};
	return myepoll::file_descriptor{listener};
}

std::optional<sighting> let_one_go_on(const myepoll::file_descriptor& listener)
{
	// The kernel writes all of its own struct, which may be longer than ours.
	union {
		seccomp_notif call;
		char room[512] = {};
	};
	if (ioctl(listener.get(), SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
		return std::nullopt;
	// Read while the caller is stopped; later its pid may belong to another process.
	const sighting seen = look_at(static_cast<pid_t>(call.pid));
	seccomp_notif_resp response{};
	response.id = call.id;
	response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	const bool went_on = ioctl(listener.get(), SECCOMP_IOCTL_NOTIF_SEND, &response) == 0;
	return went_on && makes_an_epoll(call.data) ? std::optional{seen} : std::nullopt;
}

} // namespace tools::epoll_filter
