// SPDX-License-Identifier: GPL-2.0-only
// The cost of a call that does nothing: the lower bound for every operation.
#include "bench/call.hpp"
#include "bench/contenders/contenders.hpp"
#include "bench/groups.hpp"
#include "bench/targets.hpp"

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include <linux/myepoll.h>

namespace bench {
namespace {

void call_in_vain(int fd, unsigned long request, void* argument, int expected)
{
	if (ioctl(fd, request, argument) != -1 || errno != expected)
		throw std::runtime_error("an ioctl did not fail as expected");
}

void measure_calls(figures& out)
{
	out.measure({{"getppid"}}, [](auto& meters) { meters[0].count([] { syscall(SYS_getppid); }); });

	const auto fd = make_eventfd();
	out.measure({{"ioctl that nobody knows"}}, [&](auto& meters) {
		meters[0].count([&] { call_in_vain(fd.get(), MYEPOLL_IOC_INFO, nullptr, ENOTTY); });
	});
}

// Copies in its 40 bytes, finds that the padding is not zero, and returns.
void measure_refused_wait(figures& out)
{
	const myepoll_set set;
	myepoll_wait wait{};
	wait.pad = 1;
	out.measure({{"ioctl that is refused"}}, [&](auto& meters) {
		meters[0].count([&] { call_in_vain(set.fd(), MYEPOLL_IOC_WAIT, &wait, EINVAL); });
	});
}

} // namespace

void measure_floor(figures& out)
{
	if (out.chosen().contender == "none")
		measure_calls(out);
	else if (out.chosen().contender == "myepoll")
		measure_refused_wait(out);
}

} // namespace bench
