// SPDX-License-Identifier: GPL-2.0-only
// The one table of what is known to differ, in any suite. A test that is listed must fail: it is
// reported with its reason, and it counts as a failure as soon as it passes.
#pragma once

#include "support/backend.hpp"
#include "support/kernel.hpp"

#include <string_view>

namespace semantics {

constexpr support::kernel_version oldest{0, 0};
constexpr support::kernel_version newest{999, 0};

struct known_difference {
	std::string_view test; // Suite.name
	support::backend where;
	support::kernel_version first; // the kernels on which it differs, both ends included
	support::kernel_version last;
	std::string_view reason;
};

inline constexpr known_difference known_differences[] = {
	{"CtlErrors.an_unreadable_event_beats_a_bad_instance", support::backend::myepoll, oldest,
	 newest, "an ioctl looks its descriptor up before it can look at anything else"},
	{"CtlErrors.a_file_that_is_no_instance_is_einval", support::backend::myepoll, oldest, newest,
	 "an ioctl on another file is answered by that file"},
	{"CtlErrors.a_target_that_cannot_be_polled_beats_a_file_that_is_no_instance",
	 support::backend::myepoll, oldest, newest,
	 "an ioctl on another file is answered by that file"},
	{"WaitArguments.a_file_that_is_no_instance_is_einval", support::backend::myepoll, oldest,
	 newest, "an ioctl on another file is answered by that file"},
	{"WaitArguments.a_bad_buffer_beats_a_file_that_is_no_instance", support::backend::myepoll,
	 oldest, newest, "an ioctl on another file is answered by that file"},
	{"WaitArguments.errors_of_the_mask_beat_a_bad_instance", support::backend::myepoll, oldest,
	 newest, "an ioctl looks its descriptor up before it can look at anything else"},
	{"WaitArguments.a_bad_instance_beats_bad_maxevents_and_a_bad_buffer",
	 support::backend::epoll, oldest, {6, 14}, "epoll looks its descriptor up first since 6.15"},
	{"WaitArguments.a_bad_instance_beats_bad_maxevents_and_a_bad_buffer",
	 support::backend::preload, oldest, {6, 14}, "epoll looks its descriptor up first since 6.15"},
	{"FaultingWaiter.does_not_stall_add_mod_and_del", support::backend::epoll,
	 oldest, newest, "epoll holds its mutex while it writes to user memory"},
	{"FaultingWaiter.does_not_stall_another_wait", support::backend::epoll,
	 oldest, newest, "epoll holds its mutex while it writes to user memory"},
	{"FaultingWaiter.does_not_stall_poll_on_the_instance", support::backend::epoll,
	 oldest, newest, "epoll holds its mutex while it writes to user memory"},
	{"FaultingWaiter.does_not_stall_fdinfo", support::backend::epoll,
	 oldest, newest, "epoll holds its mutex while it writes to user memory"},
	{"FaultingWaiter.does_not_stall_the_close_of_a_watched_file", support::backend::epoll,
	 oldest, newest, "epoll holds its mutex while it writes to user memory"},
	{"CloseDuringPoll.ends_the_target_although_the_waiter_sleeps_on",
	 support::backend::epoll, oldest, newest,
	 "a waiter of epoll lets go of a file for good only when it returns from its wait"},
	{"Fdinfo.kcmp_finds_the_file_behind_an_item", support::backend::myepoll, oldest, newest,
	 "kcmp(2) knows no instances but the kernel's own"},
	{"Fdinfo.kcmp_finds_the_file_behind_an_item", support::backend::preload, oldest, newest,
	 "kcmp(2) knows no instances but the kernel's own"},
};

} // namespace semantics
