// SPDX-License-Identifier: GPL-2.0-only
#include "support/watch_limit.hpp"

#include "support/kernel_module.hpp"
#include "support/targets.hpp"

#include <sys/syscall.h>

#include <thread>

namespace support {

std::optional<std::string> watch_limit::why_impossible()
{
	if (!myepoll_is_required())
		return "changes a limit of the whole machine; to allow that, set MYEPOLL_REQUIRED=1";
	if (geteuid() != 0)
		return "needs root to set a limit";
	return std::nullopt;
}

watch_limit::watch_limit(backend which) : which_{which}, before_{get(which)} {}

watch_limit::~watch_limit() { set(before_); }

std::string watch_limit::path(backend which)
{
	return which == backend::epoll ? "/proc/sys/fs/epoll/max_user_watches"
				       : "/sys/module/myepoll/parameters/max_user_watches";
}

long watch_limit::get(backend which) { return std::stol(read_all(path(which))); }

long watch_limit::set(const std::string& text) const { return write_word(path(which_), text); }

void as_user(uid_t user, const std::function<void()>& body)
{
	std::thread{[&] {
		// libc's function would change all threads.
		checked(static_cast<int>(syscall(SYS_setresuid, user, user, user)), "setresuid");
		body();
	}}.join();
}

event_set create_as(uid_t user, backend which)
{
	long fd = -1;
	as_user(user, [&] { fd = raw::create(which, EPOLL_CLOEXEC); });
	return event_set{which, unique_fd{static_cast<int>(fd)}};
}

} // namespace support
