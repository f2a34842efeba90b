// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_PRELOAD_SETTINGS_HPP
#define MYEPOLL_PRELOAD_SETTINGS_HPP

/*
 * What the environment says, as it was when the program started.
 *
 *	MYEPOLL_PRELOAD=require         without /dev/myepoll there is no epoll at all
 *	MYEPOLL_PRELOAD_IO_URING=off    io_uring_setup(2) by way of libc gives ENOSYS
 *	MYEPOLL_PRELOAD_FOLLOW=off      a child whose environment leaves this library out is left alone
 */
namespace preload::settings {

bool device_is_required();
bool io_uring_is_off();
bool children_are_followed();

} // namespace preload::settings

#endif
