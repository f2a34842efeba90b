// SPDX-License-Identifier: GPL-2.0-only
// What a process takes for itself before it changes it, so that nobody else sees the change and all of it
// goes away with the process, however that ends.
#pragma once

namespace support {

// For the calling thread and those that it starts. Does nothing where it was done before: servers of a file
// system would keep mounts that the process no longer sees.
void leave_shared_mounts();
void leave_shared_hostname();

} // namespace support
