// SPDX-License-Identifier: GPL-2.0-only
// Unshares what a process is about to change: no other process sees the change, and it disappears with the
// process, however that ends.
#pragma once

namespace support {

// For the calling thread and those that it starts. Does nothing the second time: the servers of file systems
// would keep mounts that the process no longer sees.
void leave_shared_mounts();
void leave_shared_hostname();

} // namespace support
