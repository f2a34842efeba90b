// SPDX-License-Identifier: GPL-2.0-only
// A socket that no program closes. Its last reference is that of a request of aio, a thread of the
// kernel drops it, and so the kernel has it closed by the one worker that does this for the whole
// machine, file after file.
//
//	const worker_closed_socket unrelated;
//	unrelated.let_go();
//	EXPECT_TRUE(soon([&] { return unrelated.is_closed(); }));
#pragma once

#include "support/targets.hpp"

#include <linux/aio_abi.h>

#include <chrono>

namespace support {

class worker_closed_socket {
public:
	worker_closed_socket();
	worker_closed_socket(const worker_closed_socket&) = delete;
	worker_closed_socket& operator=(const worker_closed_socket&) = delete;
	~worker_closed_socket();

	// Ends the request, once. The peer hangs up its half, which wakes without a key; for such a wake-up
	// aio polls in a thread of the kernel, and then ends the request there.
	void let_go() const { shutdown(peer_, SHUT_WR); }
	// Whether the socket has hung up the other half, or does in time.
	bool is_closed(std::chrono::milliseconds limit = std::chrono::milliseconds{0}) const;

private:
	unique_fd peer_;
	aio_context_t context_ = 0;
};

} // namespace support
