// SPDX-License-Identifier: MIT
#include "demo/client.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

using myepoll::interest;

namespace demo {
namespace {

constexpr std::size_t kib = 1024;
constexpr std::size_t piece = 64 * kib;
constexpr std::size_t slow_piece = 4 * kib;
constexpr std::size_t parting_bytes = 8 * kib;
constexpr int slow_buffer = 16 * 1024;

void set_option(int fd, int level, int option, const auto& value, const char* what)
{
	if (::setsockopt(fd, level, option, &value, sizeof(value)) < 0)
		throw std::system_error(errno, std::system_category(), what);
}

sockaddr_in loopback(std::uint16_t port)
{
	sockaddr_in address{};
	address.sin_family = AF_INET;
	address.sin_port = htons(port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

} // namespace

client::client(const client_plan& todo, std::uint16_t port)
	: plan_{todo}, fd_{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)}
{
	if (!fd_)
		throw std::system_error(errno, std::system_category(), "socket");
	set_option(fd(), IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
	if (is(conduct::slow_reader)) { // before connect(), which negotiates the window
		set_option(fd(), SOL_SOCKET, SO_RCVBUF, slow_buffer, "SO_RCVBUF");
		set_option(fd(), SOL_SOCKET, SO_SNDBUF, slow_buffer, "SO_SNDBUF");
	}
	const sockaddr_in server = loopback(port);
	if (::connect(fd(), reinterpret_cast<const sockaddr*>(&server), sizeof(server)) < 0 &&
	    errno != EINPROGRESS)
		fail("connect", errno);
}

interest client::on_ready(interest ready)
{
	if (local_port_ == 0)
		connected();
	else if (any(ready & (interest::in | interest::hangup | interest::error)))
		receive();
	return proceed();
}

interest client::let_loose()
{
	loose_ = true;
	reading_ = !is(conduct::slow_reader);
	return proceed();
}

interest client::let_read()
{
	reading_ = true;
	return proceed();
}

void client::abandon(const std::string& why)
{
	failure_ = why + ": sent " + std::to_string(sent_) + " and received " +
		   std::to_string(received_) + " of " + std::to_string(plan_.bytes()) + " bytes";
	break_off();
}

interest client::proceed()
{
	if (!over())
		send();
	if (!over() && loose_ && all_echoed() && !is(conduct::half_close))
		leave();
	return (reading_ ? interest::in : interest::none) |
	       (blocked_ ? interest::out : interest::none);
}

void client::connected()
{
	int error = 0;
	socklen_t size = sizeof(error);
	::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size);
	if (error)
		return fail("connect", error);
	sockaddr_in address{};
	size = sizeof(address);
	::getsockname(fd(), reinterpret_cast<sockaddr*>(&address), &size);
	local_port_ = ntohs(address.sin_port);
}

void client::receive()
{
	std::array<char, piece> buffer;
	const std::size_t room = is(conduct::slow_reader) ? slow_piece : piece;
	const ssize_t got = ::recv(fd(), buffer.data(), room, 0);
	if (got > 0)
		return check({buffer.data(), static_cast<std::size_t>(got)});
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got < 0)
		return fail("recv", errno);
	if (!shut_down_ || !all_echoed())
		return abandon("the server closed the connection too early");
	fd_.reset();
}

void client::check(std::span<const char> echo)
{
	if (echo.size() > sent_ - received_)
		return abandon("more came back than was sent");
	std::array<char, piece> expected;
	fill({expected.data(), echo.size()}, plan_.key, received_);
	if (std::memcmp(expected.data(), echo.data(), echo.size()) != 0)
		return abandon("wrong bytes came back");
	digest_.add(echo);
	received_ += echo.size();
	while (echoed_ < plan_.ends.size() && plan_.ends[echoed_] <= received_)
		echoed_++;
}

std::size_t client::sendable() const noexcept
{
	const std::size_t limit = loose_ ? echoed_ + plan_.window : 1;
	return std::min(limit, plan_.ends.size());
}

void client::send()
{
	blocked_ = false;
	while (!over() && sent_messages_ < sendable())
		if (!send_piece())
			break;
	if (!over() && loose_ && all_sent() && is(conduct::half_close) && !shut_down_)
		shut_down_ = ::shutdown(fd(), SHUT_WR) == 0;
}

// Sends the next piece of the current message, or as much as fits; returns whether all of it did.
bool client::send_piece()
{
	std::array<char, piece> buffer;
	const std::size_t size = std::min<std::uint64_t>(plan_.ends[sent_messages_] - sent_, piece);
	fill({buffer.data(), size}, plan_.key, sent_);
	const ssize_t went = ::send(fd(), buffer.data(), size, MSG_NOSIGNAL);
	if (went < 0 && errno != EAGAIN && errno != EINTR) {
		fail("send", errno);
		return false;
	}
	sent_ += static_cast<std::uint64_t>(std::max<ssize_t>(went, 0));
	blocked_ = went < static_cast<ssize_t>(size);
	if (sent_ == plan_.ends[sent_messages_])
		sent_messages_++;
	return !blocked_;
}

void client::leave()
{
	if (is(conduct::reset)) {
		std::array<char, parting_bytes> parting;
		fill(parting, plan_.key, sent_);
		if (::send(fd(), parting.data(), parting.size(), MSG_NOSIGNAL) < 0)
			return fail("send", errno);
		return break_off();
	}
	fd_.reset();
}

// Closes with a RST, which the server cannot miss even if it neither reads nor writes.
void client::break_off()
{
	set_option(fd(), SOL_SOCKET, SO_LINGER, linger{.l_onoff = 1, .l_linger = 0}, "SO_LINGER");
	fd_.reset();
}

void client::fail(const char* call, int error)
{
	abandon(std::string(call) + ": " + std::strerror(error));
}

} // namespace demo
