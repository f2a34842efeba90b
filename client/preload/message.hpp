// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_PRELOAD_MESSAGE_HPP
#define MYEPOLL_PRELOAD_MESSAGE_HPP

namespace preload {

/**
 * Tells the user, once in the life of a program, why there is no /dev/myepoll and what comes of it.
 *
 * Says nothing where number 2 is no longer the standard error that the program was started with:
 * by then it can be a connection to somebody.
 */
void tell_once_that_device_is_missing(int error, const char* consequence);

} // namespace preload

#endif
