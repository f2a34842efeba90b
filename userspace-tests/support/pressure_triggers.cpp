// SPDX-License-Identifier: GPL-2.0-only
#include "support/pressure_triggers.hpp"

#include "support/gate.hpp"
#include "support/kernel_module.hpp"
#include "support/processor.hpp"
#include "support/targets.hpp"
#include "support/time_scale.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <stdexcept>

namespace support {
namespace {

// Longer on slow machines, where tests take longer to collect events; the kernel allows ten seconds.
std::chrono::microseconds window()
{
	return std::min(std::chrono::milliseconds{10'000}, scaled(std::chrono::milliseconds{4'000}));
}

void await_stopped(pid_t process)
{
	char state = '?';
	await([&] {
		state = inspect_thread(process, process).state;
		return state == 'T' || state == 'Z';
	});
	if (state == 'Z')
		throw std::runtime_error{"cannot move a process into a control group"};
}

void poll_for_event(int fd, int timeout)
{
	pollfd fired{fd, POLLPRI, 0};
	checked(poll(&fired, 1, timeout), "poll a pressure trigger");
}

} // namespace

// For how many microseconds of a window a competitor has to wait.
enum class pressure_triggers::threshold { usual = 100'000, late = 200'000 };

std::optional<std::string> pressure_triggers::why_impossible()
{
	if (access("/sys/fs/cgroup/cgroup.controllers", F_OK) < 0)
		return "cgroup v2 is not mounted at /sys/fs/cgroup";
	try {
		const pressure_triggers any;
		(void)any.open_trigger(threshold::usual);
	} catch (const std::exception& error) {
		return std::string{"no pressure trigger in a control group: "} + error.what();
	}
	return std::nullopt;
}

pressure_triggers::group::group() : path_{"/sys/fs/cgroup/myepoll-pressure-" + std::to_string(getpid())}
{
	checked(mkdir(path_.c_str(), 0700), path_.c_str());
}

pressure_triggers::group::~group() { rmdir(path_.c_str()); }

void pressure_triggers::group::enter() const
{
	checked(static_cast<int>(write_word(path_ + "/cgroup.procs", "0")), "enter a control group");
}

pressure_triggers::pressure_triggers()
	: processor_{sched_getcpu()},
	  competitors_{child_process{[this] { compete(); }}, child_process{[this] { compete(); }}},
	  oldest_{open_trigger(threshold::late)}
{
	for (const child_process& competitor : competitors_)
		await_stopped(competitor.pid());
}

// Holds nothing open that the test may close.
void pressure_triggers::compete() const
{
	close_range(STDERR_FILENO + 1, ~0U, 0);
	group_.enter();
	stay_on_processor(processor_);
	raise(SIGSTOP);
	for (;;)
		asm volatile("");
}

unique_fd pressure_triggers::open_trigger(threshold height) const
{
	unique_fd fd = open_file(group_.pressure_file(), O_RDWR | O_NONBLOCK);
	const std::string text =
		"some " + std::to_string(static_cast<int>(height)) + " " + std::to_string(window().count());
	// The kernel expects the terminating zero, too.
	checked(static_cast<int>(write(fd, text.c_str(), text.size() + 1)), "arm a pressure trigger");
	return fd;
}

int pressure_triggers::open()
{
	triggers_.push_back(open_trigger(threshold::usual));
	return triggers_.back();
}

// All others have fired when two with a higher threshold have: the oldest one, which like them had to wait
// for the end of its window, and a new one, which has seen no more pressure than they have. The close of the
// new one waits until the kernel has checked all of them.
void pressure_triggers::make_event()
{
	poll_for_event(oldest_, 0);
	const unique_fd newest = open_trigger(threshold::late);
	for (const child_process& competitor : competitors_)
		competitor.kill(SIGCONT);
	poll_for_event(oldest_, -1);
	poll_for_event(newest, -1);
	for (const child_process& competitor : competitors_)
		competitor.kill(SIGSTOP);
}

std::uint32_t pressure_triggers::interest() const { return EPOLLPRI; }

std::uint32_t pressure_triggers::event_mask() const { return EPOLLPRI; }

std::uint32_t pressure_triggers::level_mask() const { return EPOLLIN; }

} // namespace support
