// SPDX-License-Identifier: GPL-2.0-only
#include "support/passing.hpp"

#include "support/targets.hpp"

#include <sys/socket.h>

#include <cstring>
#include <stdexcept>

namespace support {
namespace {

// A message of one byte with room for one descriptor.
struct message {
	message()
	{
		header.msg_iov = &text;
		header.msg_iovlen = 1;
		header.msg_control = control;
		header.msg_controllen = sizeof(control);
	}
	message(const message&) = delete;
	message& operator=(const message&) = delete;

	char byte = 'x';
	iovec text{&byte, 1};
	alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
	msghdr header{};
};

} // namespace

void send_descriptor(int socket, int fd)
{
	message out;
	cmsghdr* const carried = CMSG_FIRSTHDR(&out.header);
	carried->cmsg_level = SOL_SOCKET;
	carried->cmsg_type = SCM_RIGHTS;
	carried->cmsg_len = CMSG_LEN(sizeof(int));
	std::memcpy(CMSG_DATA(carried), &fd, sizeof(fd));
	checked(static_cast<int>(sendmsg(socket, &out.header, 0)), "sendmsg");
}

unique_fd receive_descriptor(int socket)
{
	message in;
	checked(static_cast<int>(recvmsg(socket, &in.header, MSG_CMSG_CLOEXEC)), "recvmsg");
	const cmsghdr* const carried = CMSG_FIRSTHDR(&in.header);
	if (carried == nullptr || carried->cmsg_type != SCM_RIGHTS)
		throw std::runtime_error{"the message carries no descriptor"};
	int fd = -1;
	std::memcpy(&fd, CMSG_DATA(carried), sizeof(fd));
	return unique_fd{fd};
}

void discard_descriptor(int socket)
{
	char byte = 0;
	checked(static_cast<int>(recv(socket, &byte, 1, 0)), "recv");
}

} // namespace support
