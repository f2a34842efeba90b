// SPDX-License-Identifier: MIT
#include "examples/echo/acceptor.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace echo {
namespace {

// Part of the memory bound per client: what the kernel buffers for a slow reader counts, too.
constexpr int send_buffer = 32 * 1024;

// A peer that has gone by a RST sends it once. If that gets lost, this is how the connection ends.
constexpr int keepalive_seconds = 5;

void check(int result, const char* call)
{
	if (result < 0)
		throw std::system_error(errno, std::system_category(), call);
}

void set_option(int fd, int level, int option, int value, const char* what)
{
	check(::setsockopt(fd, level, option, &value, sizeof(value)), what);
}

myepoll::file_descriptor listen_on(std::uint16_t port)
{
	myepoll::file_descriptor fd{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
	check(fd.get(), "socket");
	set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
	// The accepted sockets inherit these.
	set_option(fd.get(), SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE");
	set_option(fd.get(), IPPROTO_TCP, TCP_KEEPIDLE, keepalive_seconds, "TCP_KEEPIDLE");
	set_option(fd.get(), SOL_SOCKET, SO_SNDBUF, send_buffer, "SO_SNDBUF");
	set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
	sockaddr_in address{};
	address.sin_family = AF_INET;
	address.sin_port = htons(port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), "bind");
	check(::listen(fd.get(), SOMAXCONN), "listen");
	return fd;
}

myepoll::file_descriptor spare()
{
	return myepoll::file_descriptor{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
}

} // namespace

acceptor::acceptor(std::uint16_t port, traffic& counts, admit admit_connection)
	: listener_{listen_on(port)}, reserve_{spare()}, counts_{counts},
	  admit_{std::move(admit_connection)}
{
	check(reserve_.get(), "open /dev/null");
}

std::uint16_t acceptor::port() const
{
	sockaddr_in address{};
	socklen_t size = sizeof(address);
	check(::getsockname(fd(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
	return ntohs(address.sin_port);
}

myepoll::interest acceptor::on_ready(myepoll::interest)
{
	while (accept_one()) {
	}
	return myepoll::interest::in;
}

// Returns whether to try to accept another one at once.
bool acceptor::accept_one()
{
	myepoll::file_descriptor client{
		::accept4(fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
	if (client) {
		admit_(std::move(client));
		return true;
	}
	switch (errno) {
	case EINTR:
	case ECONNABORTED:
		return true;
	case EMFILE:
	case ENFILE:
		refuse_one();
		return false;
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
		return false;
	default:
		throw std::system_error(errno, std::system_category(), "accept4");
	}
}

/*
 * Out of descriptors: the connection would stay in the queue and the listener ready for ever. So
 * free the spare one and use it to accept and close the connection; the client notices at once.
 */
void acceptor::refuse_one()
{
	reserve_.reset();
	myepoll::file_descriptor unwanted{::accept4(fd(), nullptr, nullptr, SOCK_CLOEXEC)};
	if (unwanted)
		counts_.refused++;
	unwanted.reset();
	reserve_ = spare();
}

} // namespace echo
