// SPDX-License-Identifier: GPL-2.0-only
// One round trip to the reactor of client/examples/echo over TCP: 64 bytes there and back, including
// the client's two calls, both context switches and the network stack.
#include "bench/call.hpp"
#include "bench/contenders/contenders.hpp"
#include "bench/groups.hpp"
#include "bench/system_calls.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <examples/echo/echo_server.hpp>
#include <examples/echo/epoll_instance.hpp>

#include <array>
#include <stdexcept>
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

template <typename Instance> void measure_on(figures& out)
{
	// Created before the server's thread, which is counted because it inherits the counters.
	system_calls calls;
	echo::echo_server<Instance> server{0};
	std::jthread thread{[&server] { server.run(); }};
	{
		client one{server.port()};
		out.measure({{"echo", 2, 1}}, [&](auto& meters) { meters[0].count([&] { one.round_trip(); }); });

		constexpr unsigned int round_trips = 1000;
		const auto seen = calls.during([&] {
			for (unsigned int i = 0; i < round_trips; i++)
				one.round_trip();
		});
		for (const auto& [name, count] : seen)
			out.print({"echo: " + name, 2, 1}, static_cast<double>(count) / round_trips, "calls");
	}
	server.finish();
}

} // namespace

void measure_echo(figures& out)
{
	if (out.chosen().contender == "myepoll")
		measure_on<myepoll::instance>(out);
	else if (out.chosen().contender == "epoll" || out.chosen().contender == "preload")
		measure_on<echo::epoll_instance>(out);
}

} // namespace bench
