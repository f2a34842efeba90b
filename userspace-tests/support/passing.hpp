// SPDX-License-Identifier: GPL-2.0-only
// Descriptors in messages on unix sockets (SCM_RIGHTS).
#pragma once

#include "support/fd.hpp"

namespace support {

// One message with one descriptor.
void send_descriptor(int socket, int fd);
unique_fd receive_descriptor(int socket);
// Receives the message without room for its descriptor, which is then dropped.
void discard_descriptor(int socket);

} // namespace support
