// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_PRELOAD_SETTINGS_HPP
#define MYEPOLL_PRELOAD_SETTINGS_HPP

/*
 * The settings in the environment, as they were when the program started.
 *
 *	MYEPOLL_PRELOAD=require         without /dev/myepoll, epoll_create(2) fails
 *	MYEPOLL_PRELOAD_IO_URING=off    io_uring_setup(2) through libc's syscall(2) fails with ENOSYS
 *	MYEPOLL_PRELOAD_FOLLOW=off      children whose environment lacks this library do not get it
 */
namespace preload::settings {

bool device_is_required();
bool io_uring_is_off();
bool children_are_followed();

} // namespace preload::settings

#endif
