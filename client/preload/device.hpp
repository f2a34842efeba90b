// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_PRELOAD_DEVICE_HPP
#define MYEPOLL_PRELOAD_DEVICE_HPP

/*
 * /dev/myepoll itself, opened when it is first needed and kept as a high descriptor. So an instance
 * gets the descriptor that an epoll would get, and can be created after the path has stopped leading
 * to the device. The program may close the device's descriptor or reuse it for another file.
 */
namespace preload::device {

/** The first ABI version with MYEPOLL_WAIT_TIMESPEC. */
inline constexpr unsigned oldest_abi = 2;

/** The ABI version that the module last reported; 0 if it never did. */
unsigned found_abi();

/**
 * The kept descriptor of the device, opened if need be, or -errno: -EPROTONOSUPPORT if the module is
 * too old. The caller must not close it.
 */
long get();

/**
 * CREATE: a descriptor or -errno.
 * -EBADF and -ENOTTY mean that @device is no longer the device; get() then opens it again.
 */
long create_instance(int device, int flags);

} // namespace preload::device

#endif
