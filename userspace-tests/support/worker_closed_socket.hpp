// SPDX-License-Identifier: GPL-2.0-only
// A socket that no program closes. Its last reference is that of an aio request, and a kernel thread drops
// it; so the kernel leaves the close to the one worker that does this for the whole machine, file after file.
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

	// Completes the request, once. The peer shuts down its half, which wakes without a key; on such a
	// wakeup aio polls in a kernel thread, and completes the request there.
	void let_go() const { shutdown(peer_, SHUT_WR); }
	// Whether the socket is closed, now or within the limit.
	bool is_closed(std::chrono::milliseconds limit = std::chrono::milliseconds{0}) const;

private:
	unique_fd peer_;
	aio_context_t context_ = 0;
};

} // namespace support
