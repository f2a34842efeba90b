// SPDX-License-Identifier: GPL-2.0-only
// One round trip to the reactor of client/examples/echo over TCP: 64 bytes there and back, including
// the client's two calls, both context switches and the network stack. And one to a server that re-arms the
// connection after each message, as those do that have several threads, and one to a server that is edge-triggered.
#include "bench/call.hpp"
#include "bench/contenders/batching.hpp"
#include "bench/contenders/contenders.hpp"
#include "bench/groups.hpp"
#include "bench/system_calls.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <examples/echo/echo_server.hpp>
#include <examples/echo/epoll_instance.hpp>
#include <examples/echo/ring_instance.hpp>

#include <array>
#include <stdexcept>
#include <string>
#include <thread>

namespace bench {
namespace {

class client {
public:
	explicit client(std::uint16_t port) : fd_{checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")}
	{
		sockaddr_in address{};
		address.sin_family = AF_INET;
		address.sin_port = htons(port);
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		checked(connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), "connect");
		const int yes = 1;
		checked(setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)), "TCP_NODELAY");
	}

	void round_trip()
	{
		checked(send(fd_.get(), message_.data(), message_.size(), 0), "send");
		if (checked(recv(fd_.get(), message_.data(), message_.size(), MSG_WAITALL), "recv") != 64)
			throw std::runtime_error("the echo is cut short");
	}

private:
	myepoll::file_descriptor fd_;
	std::array<char, 64> message_{};
};

// The calls are counted in all threads that were created since `calls`.
void measure_round_trips(figures& out, const std::string& name, client& one, system_calls& calls, std::uint64_t watched)
{
	out.measure({{name, watched, 1}}, [&](auto& meters) { meters[0].count([&] { one.round_trip(); }); });

	constexpr unsigned int round_trips = 1000;
	const auto seen = calls.during([&] {
		for (unsigned int i = 0; i < round_trips; i++)
			one.round_trip();
	});
	for (const auto& [call, count] : seen)
		out.print({name + ": " + call, watched, 1}, static_cast<double>(count) / round_trips, "calls");
}

template <typename Instance> void measure_on(figures& out)
{
	system_calls calls;
	echo::echo_server<Instance> server{0};
	std::jthread thread{[&server] { server.run(); }};
	{
		client one{server.port()};
		measure_round_trips(out, "echo", one, calls, 2);
	}
	server.finish();
}

// Serves one connection, which each event disarms, until its client closes it.
template <typename Set> void serve_one_shots(int listener)
{
	const myepoll::file_descriptor connection{checked(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC), "accept4")};
	batching<Set> set;
	set.add(connection.get(), EPOLLIN | EPOLLONESHOT);
	std::array<char, 64> message{};
	for (;;) {
		check_ready(set.apply_and_wait(), 1);
		const ssize_t got = checked(recv(connection.get(), message.data(), message.size(), 0), "recv");
		if (got == 0)
			return;
		checked(send(connection.get(), message.data(), static_cast<std::size_t>(got), 0), "send");
		// io_uring re-arms what it has delivered by itself.
		if constexpr (is_epoll<Set>)
			set.modify_later(connection.get(), EPOLLIN | EPOLLONESHOT);
	}
}

// Serves one connection until its client closes it. What a read leaves is another edge.
template <typename Set> void serve_edges(int listener)
{
	const myepoll::file_descriptor connection{
		checked(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK), "accept4")};
	Set set;
	set.add(connection.get(), EPOLLIN | EPOLLET);
	std::array<char, 64> message{};
	for (;;) {
		set.wait();
		const ssize_t got = recv(connection.get(), message.data(), message.size(), 0);
		if (got == 0)
			return;
		if (got < 0 && errno == EAGAIN)
			continue;
		checked(got, "recv");
		checked(send(connection.get(), message.data(), static_cast<std::size_t>(got), 0), "send");
	}
}

void measure_server(figures& out, const std::string& name, void (*serve)(int listener))
{
	system_calls calls;
	const myepoll::file_descriptor listener{checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")};
	const int yes = 1; // inherited by the accepted socket
	checked(setsockopt(listener.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)), "TCP_NODELAY");
	checked(listen(listener.get(), 1), "listen");
	sockaddr_in address{};
	socklen_t size = sizeof(address);
	checked(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
	const std::jthread server{serve, listener.get()};
	client one{ntohs(address.sin_port)};
	measure_round_trips(out, name, one, calls, 1);
}

} // namespace

void measure_echo(figures& out)
{
	if (out.chosen().contender == "myepoll")
		measure_on<myepoll::instance>(out);
	else if (out.chosen().contender == "epoll" || out.chosen().contender == "preload")
		measure_on<echo::epoll_instance>(out);
	else if (out.chosen().contender == "ring")
		measure_on<echo::ring_instance>(out);
	with_set(out.chosen().contender, [&]<typename Set>(std::type_identity<Set>) {
		if constexpr (keeps_watches<Set> && has_level<Set>)
			measure_server(out, "echo, oneshot", serve_one_shots<Set>);
		if constexpr (has_edge<Set>)
			measure_server(out, "echo, edge-triggered", serve_edges<Set>);
	});
}

} // namespace bench
