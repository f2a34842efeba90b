// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_PRELOAD_DEVICE_HPP
#define MYEPOLL_PRELOAD_DEVICE_HPP

/*
 * /dev/myepoll itself: opened when it is first needed, and kept under a high number, so that an
 * instance is one call, gets the number that an epoll would get, and can be made when the path does
 * not lead to the device any more. The program may close that number, or give it to another file.
 */
namespace preload::device {

/** The first with MYEPOLL_WAIT_TIMESPEC. */
inline constexpr unsigned oldest_abi = 2;

/** What the module said that was asked last; 0 before. */
unsigned found_abi();

/** A descriptor of the device, kept or opened now; or -errno, -EPROTONOSUPPORT for a module that is too old. Not the caller's to close. */
long get();

/**
 * CREATE: a descriptor or -errno.
 * -EBADF and -ENOTTY say that @device is not the device any more; get() opens it anew then.
 */
long create_instance(int device, int flags);

} // namespace preload::device

#endif
