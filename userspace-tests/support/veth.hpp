// SPDX-License-Identifier: GPL-2.0-only
// A TCP connection over a pair of virtual network devices. Loopback has no receive queue that could
// be polled; these have one each. Needs root, `ip`, and the veth driver.
#pragma once

#include "support/child_process.hpp"
#include "support/targets.hpp"

#include <memory>

namespace support {

class veth_connection {
public:
	// Moves the calling process into a network namespace of its own. Throws if something is missing.
	veth_connection();

	const unique_fd& ours() const { return ends_.ours; }
	const unique_fd& peer() const { return ends_.peer; }
	// The kernel's ID of the receive queue of our end; 0 before anything was received.
	unsigned napi_id() const;

private:
	std::unique_ptr<child_process> other_network_;
	socket_ends ends_;
};

} // namespace support
