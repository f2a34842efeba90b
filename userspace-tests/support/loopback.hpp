// SPDX-License-Identifier: GPL-2.0-only
// Packets to this machine itself usually arrive within the call that sends them, but a busy
// kernel may hand them to a thread of its own. settle() returns when they have arrived.
//
//	const loopback network;        before the first packet
//	write_bytes(tcp.peer, 1);
//	network.settle();
#pragma once

#include "support/targets.hpp"

namespace support {

class loopback {
public:
	// Keeps this thread on its processor: packets of one processor stay in order.
	loopback();
	void settle() const;

private:
	socket_ends probe_;
};

} // namespace support
