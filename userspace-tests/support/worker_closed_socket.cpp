// SPDX-License-Identifier: GPL-2.0-only
#include "support/worker_closed_socket.hpp"

#include <poll.h>
#include <sys/syscall.h>

#include <array>

namespace support {

worker_closed_socket::worker_closed_socket()
{
	socket_ends ends = make_unix_pair();
	iocb request{};
	request.aio_lio_opcode = IOCB_CMD_POLL;
	request.aio_fildes = static_cast<std::uint32_t>(ends.ours);
	request.aio_buf = POLLIN;
	std::array<iocb*, 1> requests{&request};
	checked(static_cast<int>(syscall(SYS_io_setup, requests.size(), &context_)), "io_setup");
	checked(static_cast<int>(syscall(SYS_io_submit, context_, requests.size(), requests.data())),
		"io_submit");
	peer_ = std::move(ends.peer);
}

worker_closed_socket::~worker_closed_socket() { syscall(SYS_io_destroy, context_); }

bool worker_closed_socket::is_closed(std::chrono::milliseconds limit) const
{
	pollfd end{peer_, POLLHUP, 0};
	return poll(&end, 1, static_cast<int>(limit.count())) == 1;
}

} // namespace support
