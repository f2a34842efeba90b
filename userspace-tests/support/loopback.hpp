// SPDX-License-Identifier: GPL-2.0-only
// Packets over loopback usually arrive within the call that sends them, but a busy kernel may defer
// them to a kernel thread. settle() returns when they have arrived.
//
//	const loopback network;        before the first packet
//	write_bytes(tcp.peer, 1);
//	network.settle();
#pragma once

#include "support/targets.hpp"

namespace support {

class loopback {
public:
	// Keeps this thread on its CPU: packets from one CPU stay in order.
	loopback();
	void settle() const;

private:
	socket_ends probe_;
};

} // namespace support
