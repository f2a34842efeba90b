// SPDX-License-Identifier: MIT
#ifndef MYEPOLL_PRELOAD_MESSAGE_HPP
#define MYEPOLL_PRELOAD_MESSAGE_HPP

namespace preload {

/**
 * Tells the user why /dev/myepoll cannot be used, and what happens instead; once in a process.
 *
 * Writes nothing if descriptor 2 is no longer the standard error that the program was started with:
 * by then it may be a connection or a data file.
 */
void tell_once_that_device_is_missing(int error, const char* consequence);

} // namespace preload

#endif
