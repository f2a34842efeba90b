// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_PRELOAD_CREATE_HPP
#define MYEPOLL_PRELOAD_CREATE_HPP

namespace preload {

/** epoll_create(2): a descriptor or -errno. */
long create(int size);

/** epoll_create1(2): a descriptor or -errno. */
long create1(int flags);

} // namespace preload

#endif
