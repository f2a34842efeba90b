// SPDX-License-Identifier: MIT
#include "spare_number.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <ctime>

#include "kernel_call.hpp"

namespace preload {
namespace {

constexpr std::size_t kernel_sigset_size = 8;

// A process, or 0: the limit belongs to all its threads, one at a time may change it.
std::atomic<int> holder;

// A holder that is another process has been copied by a fork that came in between: nobody has it.
void take_turn()
{
	const int self = static_cast<int>(kernel_call(SYS_getpid));
	int seen = 0;
	while (!holder.compare_exchange_strong(seen, self)) {
		if (seen != self)
			continue;
		constexpr timespec moment{.tv_sec = 0, .tv_nsec = 100'000};
		kernel_call(SYS_nanosleep, &moment, nullptr);
		seen = 0;
	}
}

long set_limit(const rlimit& limit)
{
	return kernel_call(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, nullptr);
}

rlimit get_limit()
{
	rlimit limit{};
	kernel_call(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, &limit);
	return limit;
}

} // namespace

spare_number::spare_number()
{
	// A handler in this thread that wants a turn would wait for ever.
	constexpr std::uint64_t all = ~std::uint64_t{0};
	kernel_call(SYS_rt_sigprocmask, SIG_BLOCK, &all, &mask_, kernel_sigset_size);
	take_turn();
	usual_ = get_limit();
	if (usual_.rlim_cur < usual_.rlim_max)
		granted_ = set_limit({usual_.rlim_cur + 1, usual_.rlim_max}) == 0;
}

spare_number::~spare_number()
{
	// Unless the program has set another one meanwhile.
	if (granted_ && get_limit().rlim_cur == usual_.rlim_cur + 1)
		set_limit(usual_);
	holder.store(0);
	kernel_call(SYS_rt_sigprocmask, SIG_SETMASK, &mask_, nullptr, kernel_sigset_size);
}

} // namespace preload
