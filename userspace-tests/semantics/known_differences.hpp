// SPDX-License-Identifier: GPL-2.0-only
// The one table of known differences, for all suites. A listed test must fail: it is reported with
// its reason, and it counts as a failure as soon as it passes.
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
	support::kernel_version first; // the range of kernels on which it differs, inclusive
	support::kernel_version last;
	std::string_view reason;
};

inline constexpr known_difference known_differences[] = {
	{"CtlErrors.an_unreadable_event_beats_a_bad_instance", support::backend::myepoll, oldest,
	 newest, "an ioctl looks up its descriptor before it can check anything else"},
	{"CtlErrors.a_file_that_is_no_instance_is_einval", support::backend::myepoll, oldest, newest,
	 "an ioctl on another file is handled by that file"},
	{"CtlErrors.a_target_that_cannot_be_polled_beats_a_file_that_is_no_instance",
	 support::backend::myepoll, oldest, newest,
	 "an ioctl on another file is handled by that file"},
	{"WaitArguments.a_file_that_is_no_instance_is_einval", support::backend::myepoll, oldest,
	 newest, "an ioctl on another file is handled by that file"},
	{"WaitArguments.a_bad_buffer_beats_a_file_that_is_no_instance", support::backend::myepoll,
	 oldest, newest, "an ioctl on another file is handled by that file"},
	{"WaitArguments.errors_of_the_mask_beat_a_bad_instance", support::backend::myepoll, oldest,
	 newest, "an ioctl looks up its descriptor before it can check anything else"},
	{"WaitArguments.a_bad_instance_beats_bad_maxevents_and_a_bad_buffer",
	 support::backend::epoll, oldest, {6, 14}, "epoll looks up its descriptor first only since 6.15"},
	{"WaitArguments.a_bad_instance_beats_bad_maxevents_and_a_bad_buffer",
	 support::backend::preload, oldest, {6, 14}, "epoll looks up its descriptor first only since 6.15"},
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
	 "an epoll waiter drops the last reference to a file only when its wait returns"},
	{"Fdinfo.kcmp_finds_the_file_behind_an_item", support::backend::myepoll, oldest, newest,
	 "kcmp(2) knows only the kernel's own epoll instances"},
	{"Fdinfo.kcmp_finds_the_file_behind_an_item", support::backend::preload, oldest, newest,
	 "kcmp(2) knows only the kernel's own epoll instances"},
	{"EdgeTriggered.leaves_it_to_the_target_when_there_is_room_again", support::backend::ring, oldest, newest,
	 "a pipe wakes whoever writes before there is a page of room, and what comes from a ring was not polled"},
	{"EventMasks.ignore_what_came_and_went_before_the_wait", support::backend::ring, oldest, newest,
	 "what comes from a ring was not polled"},
	{"EventMasks.of_what_came_and_went_show_what_is_left", support::backend::ring, oldest, newest,
	 "what comes from a ring was not polled"},
	{"OuterAndInner.a_target_that_is_no_longer_ready_is_forgotten_by_both", support::backend::ring, oldest, newest,
	 "what comes from a ring was not polled"},
	{"TargetUnixDatagram.has_no_room_while_the_receivers_queue_is_full", support::backend::ring, oldest, newest,
	 "a sender is woken although the receiver's queue is full, and what comes from a ring was not polled"},
	{"TargetUnixDatagram.has_room_as_soon_as_the_receiver_takes_one", support::backend::ring, oldest, newest,
	 "a sender is woken although the receiver's queue is full, and what comes from a ring was not polled"},
	{"TargetUnixDatagram.has_room_when_the_full_receiver_is_closed", support::backend::ring, oldest, newest,
	 "a sender is woken although the receiver's queue is full, and what comes from a ring was not polled"},
	{"WaitBuffer.a_fault_leaves_what_comes_after_it_in_its_place", support::backend::ring, oldest, newest,
	 "there is no order between the events of a ring and those of the ready list"},
};

} // namespace semantics
