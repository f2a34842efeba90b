// SPDX-License-Identifier: GPL-2.0-only
// An echo server with several threads on one set, and clients that repeatedly connect, send,
// compare and disconnect.
#include "support/storm.hpp"
#include "support/test.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

using namespace support;

namespace {

SEMANTICS_SUITE(TcpTraffic);

constexpr std::uint64_t quit_data = 0; // for others it is the socket's descriptor plus one
constexpr unsigned servers = 3;
constexpr unsigned clients = 3;

// Otherwise each piece of an echo would wait for the acknowledgement of the one before.
void send_at_once(int fd)
{
	const int on = 1;
	checked(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), "TCP_NODELAY");
}

class echo_server {
public:
	echo_server(const event_set& set, std::uint32_t mode)
		: set_{set}, mode_{EPOLLIN | EPOLLRDHUP | mode}
	{
		EXPECT_THAT(set_.add(quit_, EPOLLIN, quit_data), succeeds());
		EXPECT_THAT(watch(EPOLL_CTL_ADD, listener_), succeeds());
	}
	std::uint16_t port() const { return port_of(listener_); }
	void quit() const { signal_eventfd(quit_); }
	unsigned open() const { return open_; }

	void serve()
	{
		for (;;)
			for (const event& e : set_.wait(for_ever, 2).events) {
				if (e.data == quit_data)
					return;
				const int fd = static_cast<int>(e.data - 1);
				fd == listener_ ? accept_all() : echo(fd);
			}
	}

private:
	long watch(int op, int fd) const
	{
		epoll_event event{};
		event.events = mode_;
		event.data.u64 = static_cast<std::uint64_t>(fd) + 1;
		return set_.ctl(op, fd, &event);
	}
	void accept_all()
	{
		int fd = -1;
		while ((fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
			++open_;
			send_at_once(fd);
			EXPECT_THAT(watch(EPOLL_CTL_ADD, fd), succeeds());
		}
		EXPECT_THAT(watch(EPOLL_CTL_MOD, listener_), succeeds());
	}
	// A oneshot socket has one owner, which closes it or rearms it.
	void echo(int fd)
	{
		std::array<char, 4096> bytes{};
		ssize_t got = 0;
		while ((got = recv(fd, bytes.data(), bytes.size(), 0)) > 0)
			send_all(fd, bytes.data(), static_cast<std::size_t>(got));
		if (got < 0 && errno == EAGAIN) {
			EXPECT_THAT(watch(EPOLL_CTL_MOD, fd), succeeds());
			return;
		}
		::close(fd);
		--open_;
	}
	static void send_all(int fd, const char* bytes, std::size_t count)
	{
		while (count > 0) {
			const ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
			if (sent < 0 && errno != EAGAIN)
				return;
			pollfd writable{fd, POLLOUT, 0};
			if (sent < 0)
				poll(&writable, 1, -1);
			bytes += std::max<ssize_t>(sent, 0);
			count -= static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
		}
	}

	const event_set& set_;
	const std::uint32_t mode_;
	const unique_fd quit_ = make_eventfd();
	const unique_fd listener_ = make_tcp_listener();
	std::atomic<unsigned> open_ = 0;
};

// Sends some bytes and expects the same ones back, then the end of the stream.
bool visit(std::uint16_t port, dice& roll)
{
	const unique_fd socket{checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")};
	sockaddr_in address{};
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(port);
	checked(connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), "connect");
	send_at_once(socket);
	for (unsigned turn = roll.below(8); turn > 0; --turn) {
		std::vector<char> sent(1 + roll.below(9000));
		for (char& byte : sent)
			byte = static_cast<char>(roll.below(256));
		std::vector<char> back(sent.size());
		if (send(socket, sent.data(), sent.size(), 0) != static_cast<ssize_t>(sent.size()) ||
		    recv(socket, back.data(), back.size(), MSG_WAITALL) != static_cast<ssize_t>(back.size()) ||
		    back != sent)
			return false;
	}
	// Half of the visits end with a shutdown, which the server's FIN must answer.
	char byte = 0;
	return roll.one_in(2) || (shutdown(socket, SHUT_WR) == 0 && recv(socket, &byte, 1, 0) == 0);
}

void run_traffic(const event_set& set, std::uint32_t mode)
{
	echo_server server{set, mode};
	std::atomic<unsigned> visits = 0;
	std::atomic<unsigned> wrong = 0;
	storm weather;
	std::vector<std::thread> visitors;
	for (unsigned i = 0; i < servers; ++i)
		weather.start([&](dice) { server.serve(); });
	for (unsigned i = 0; i < clients; ++i)
		visitors.emplace_back([&, roll = weather.next_dice()]() mutable {
			for (; weather.goes_on(); ++visits)
				if (!visit(server.port(), roll))
					++wrong;
		});
	for (std::thread& visitor : visitors)
		visitor.join();
	// All clients are gone, so the server must find all its sockets closed.
	await([&] { return server.open() == 0; });
	EXPECT_EQ(fdinfo_of(set.fd()).size(), 2U);
	server.quit();
	weather.join();
	EXPECT_EQ(wrong, 0U);
	weather.note(std::to_string(visits) + " visits");
}

// behaviours: 45, 57, 58, 60, 121
TEST_P(TcpTraffic, is_echoed_by_oneshot_servers) { run_traffic(create(), EPOLLONESHOT); }

// behaviours: 45, 54, 57, 121
TEST_P(TcpTraffic, is_echoed_by_edge_triggered_oneshot_servers)
{
	run_traffic(create(), EPOLLONESHOT | EPOLLET);
}

} // namespace
