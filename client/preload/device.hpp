// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_PRELOAD_DEVICE_HPP
#define MYEPOLL_PRELOAD_DEVICE_HPP

/*
 * /dev/myepoll itself. It is open only while an instance is made, but for programs that shut
 * themselves out of reach of it by chroot(2): for those it stays open from then on.
 */
namespace preload::device {

/** A descriptor that is the lowest free number and close-on-exec, or -errno. */
long open();

/** Whether a module answers there that this library can work with: 0 or -errno. */
long check(int device);

/** CREATE: a descriptor or -errno. */
long create_instance(int device, int flags);

/** The one kept open since a chroot, or -1; may have been closed by the program since. */
int kept();

/** chroot(2): 0 or -errno. */
long change_root(const char* path);

} // namespace preload::device

#endif
