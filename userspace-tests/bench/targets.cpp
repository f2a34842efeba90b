// SPDX-License-Identifier: GPL-2.0-only
#include "bench/targets.hpp"

#include "bench/call.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <tuple>
#include <utility>

namespace bench {
namespace {

using myepoll::file_descriptor;
using two_ends = std::pair<file_descriptor, file_descriptor>; // the watched one first

two_ends make_pipe()
{
	std::array<int, 2> ends{};
	checked(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), "pipe2");
	return {file_descriptor{ends[0]}, file_descriptor{ends[1]}};
}

two_ends make_unix_pair()
{
	std::array<int, 2> ends{};
	checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), "socketpair");
	return {file_descriptor{ends[0]}, file_descriptor{ends[1]}};
}

two_ends make_tcp_pair()
{
	const file_descriptor listener{checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")};
	file_descriptor client{checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")};
	sockaddr_in address{};
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	auto* const plain = reinterpret_cast<sockaddr*>(&address);
	socklen_t size = sizeof(address);
	checked(bind(listener.get(), plain, size), "bind");
	checked(listen(listener.get(), 1), "listen");
	checked(getsockname(listener.get(), plain, &size), "getsockname");
	checked(connect(client.get(), plain, size), "connect");
	const int yes = 1;
	checked(setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)), "TCP_NODELAY");
	checked(fcntl(client.get(), F_SETFL, O_NONBLOCK), "F_SETFL");
	const int accepted = accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
	return {file_descriptor{checked(accepted, "accept4")}, std::move(client)};
}

two_ends make(target::kind of)
{
	switch (of) {
	case target::kind::pipe:
		return make_pipe();
	case target::kind::unix_socket:
		return make_unix_pair();
	case target::kind::tcp_socket:
		return make_tcp_pair();
	case target::kind::eventfd:
		break;
	}
	return {make_eventfd(), file_descriptor{}};
}

void read_all(int fd)
{
	std::array<std::uint64_t, 1024> taken;
	while (::read(fd, taken.data(), sizeof(taken)) == sizeof(taken))
		;
}

// Never shrinks: creating a hundred thousand again for each set takes longer than the measurement.
const std::vector<file_descriptor>& eventfds(std::size_t count)
{
	static std::vector<file_descriptor> all;
	all.reserve(count);
	while (all.size() < count)
		all.push_back(make_eventfd());
	return all;
}

} // namespace

std::string_view target::name(kind of)
{
	switch (of) {
	case kind::pipe:
		return "pipe";
	case kind::unix_socket:
		return "unix socket";
	case kind::tcp_socket:
		return "TCP socket";
	case kind::eventfd:
		break;
	}
	return "eventfd";
}

target::target(kind of)
{
	std::tie(watched_, other_) = make(of);
}

void target::write() const
{
	write_one(other_ ? other_.get() : watched_.get());
}

void target::drain() const
{
	read_all(watched_.get());
}

void write_one(int fd)
{
	const std::uint64_t one = 1;
	checked(::write(fd, &one, sizeof(one)), "write");
}

file_descriptor make_eventfd()
{
	return file_descriptor{checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")};
}

crowd::crowd(std::size_t watched)
{
	constexpr std::size_t spares = 64;
	const std::size_t all = watched + spares;
	const auto& fds = eventfds(all);
	for (std::size_t i = 0; i < all; i++) {
		const bool is_spare = i == spare_.size() * all / spares && spare_.size() < spares;
		(is_spare ? spare_ : watched_).push_back(fds[i].get());
	}
}

std::vector<int> crowd::some(std::size_t count) const
{
	std::vector<int> chosen;
	for (std::size_t i = 0; i < count; i++)
		chosen.push_back(watched_[i * watched_.size() / count]);
	return chosen;
}

void crowd::make_ready(const std::vector<int>& fds)
{
	for (const int fd : fds)
		write_one(fd);
}

void crowd::drain(const std::vector<int>& fds)
{
	for (const int fd : fds)
		read_all(fd);
}

} // namespace bench
