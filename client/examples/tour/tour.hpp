// SPDX-License-Identifier: MIT
// What the tours share: sockets on the loopback address, threads with names, and the time to look.
#ifndef TOUR_TOUR_HPP
#define TOUR_TOUR_HPP

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <myepoll/instance.hpp>

namespace tour {

using myepoll::file_descriptor;
using myepoll::instance;
using myepoll::interest;
using namespace std::chrono_literals;

using events = std::array<myepoll::event, 16>;

/** Returns the result of a call, or throws its errno. */
inline int checked(int result, const char* call)
{
	if (result < 0)
		throw std::system_error(errno, std::system_category(), call);
	return result;
}

/** Gives `myepoll record` the time to take a snapshot, so that the story shows what lies where at this point. */
inline void hold_still() { std::this_thread::sleep_for(500ms); }

/** Returns when a thread of this process sleeps in an ioctl: in WAIT. */
inline void await_asleep(pid_t thread)
{
	const std::string path = "/proc/self/task/" + std::to_string(thread) + "/syscall";
	// The number of the call, or "running".
	for (std::string call; call != std::to_string(SYS_ioctl); std::this_thread::sleep_for(1ms))
		std::ifstream{path} >> call;
}

/** A thread that the story shows by its name. */
template <class Function>
std::jthread thread(const char* name, Function function)
{
	return std::jthread{[name, function = std::move(function)] {
		pthread_setname_np(pthread_self(), name);
		function();
	}};
}

/** A socket on a free port of the loopback address. */
inline file_descriptor bound_socket(int type)
{
	file_descriptor fd{checked(socket(AF_INET, type | SOCK_CLOEXEC, 0), "socket")};
	sockaddr_in any_port{};
	any_port.sin_family = AF_INET;
	any_port.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	checked(bind(fd.get(), reinterpret_cast<const sockaddr*>(&any_port), sizeof(any_port)), "bind");
	return fd;
}

inline file_descriptor listening_socket()
{
	file_descriptor fd = bound_socket(SOCK_STREAM | SOCK_NONBLOCK);
	checked(listen(fd.get(), SOMAXCONN), "listen");
	return fd;
}

/** A socket that is connected to a bound one. */
inline file_descriptor connected_socket(int type, const file_descriptor& to)
{
	sockaddr_in address{};
	socklen_t size = sizeof(address);
	checked(getsockname(to.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
	file_descriptor fd{checked(socket(AF_INET, type | SOCK_CLOEXEC, 0), "socket")};
	checked(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), size), "connect");
	return fd;
}

inline file_descriptor counter(unsigned value = 0)
{
	return file_descriptor{checked(eventfd(value, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")};
}

inline void send_packet(const file_descriptor& fd) { checked(static_cast<int>(send(fd.get(), "!", 1, 0)), "send"); }

inline void receive_packet(const file_descriptor& fd)
{
	char byte = 0;
	checked(static_cast<int>(recv(fd.get(), &byte, 1, 0)), "recv");
}

/** main() of a tour. */
inline int run(void (*story)())
try {
	story();
	return 0;
} catch (const std::exception& error) {
	std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, error.what());
	return 1;
}

} // namespace tour

#endif
