// SPDX-License-Identifier: GPL-2.0-only
#include "support/targets.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pty.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace support {
namespace {

timespec to_timespec(std::chrono::nanoseconds duration)
{
	const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
	return {seconds.count(), (duration - seconds).count()};
}

sockaddr_in loopback(std::uint16_t port)
{
	sockaddr_in address{};
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(port);
	return address;
}

unique_fd make_inet_socket(int type)
{
	return unique_fd{checked(socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket")};
}

void bind_to_loopback(int fd)
{
	const sockaddr_in address = loopback(0);
	checked(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), "bind");
}

void connect_to_loopback(int fd, std::uint16_t port)
{
	const sockaddr_in address = loopback(port);
	if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) < 0 &&
	    errno != EINPROGRESS)
		checked(-1, "connect");
}

void set_nonblocking(int fd)
{
	checked(fcntl(fd, F_SETFL, checked(fcntl(fd, F_GETFL), "F_GETFL") | O_NONBLOCK), "F_SETFL");
}

} // namespace

int checked(int result, const char* call)
{
	if (result < 0)
		throw std::system_error{errno, std::generic_category(), call};
	return result;
}

unique_fd make_eventfd(unsigned initial, int flags)
{
	return unique_fd{checked(eventfd(initial, EFD_CLOEXEC | EFD_NONBLOCK | flags), "eventfd")};
}

void signal_eventfd(int fd, std::uint64_t value)
{
	checked(static_cast<int>(write(fd, &value, sizeof(value))), "write eventfd");
}

std::uint64_t take_eventfd(int fd)
{
	std::uint64_t value = 0;
	checked(static_cast<int>(read(fd, &value, sizeof(value))), "read eventfd");
	return value;
}

unique_fd make_timerfd(int clock)
{
	return unique_fd{checked(timerfd_create(clock, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create")};
}

void arm_timerfd(int fd, std::chrono::nanoseconds delay, std::chrono::nanoseconds period)
{
	const itimerspec when{to_timespec(period), to_timespec(delay)};
	checked(timerfd_settime(fd, 0, &when, nullptr), "timerfd_settime");
}

unique_fd make_signalfd(int signal)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, signal);
	pthread_sigmask(SIG_BLOCK, &set, nullptr);
	return unique_fd{checked(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd")};
}

unique_fd make_inotify(const std::string& watched_path, std::uint32_t mask)
{
	unique_fd fd{checked(inotify_init1(IN_CLOEXEC | IN_NONBLOCK), "inotify_init1")};
	checked(inotify_add_watch(fd, watched_path.c_str(), mask), "inotify_add_watch");
	return fd;
}

unique_fd make_pidfd(pid_t pid)
{
	return unique_fd{checked(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)), "pidfd_open")};
}

pipe_ends make_pipe()
{
	std::array<int, 2> fds{};
	checked(pipe2(fds.data(), O_CLOEXEC | O_NONBLOCK), "pipe2");
	return {unique_fd{fds[0]}, unique_fd{fds[1]}};
}

socket_ends make_unix_pair(int type)
{
	std::array<int, 2> fds{};
	checked(socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds.data()), "socketpair");
	return {unique_fd{fds[0]}, unique_fd{fds[1]}};
}

std::uint16_t port_of(int socket)
{
	sockaddr_in address{};
	socklen_t length = sizeof(address);
	checked(getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length), "getsockname");
	return ntohs(address.sin_port);
}

unique_fd make_tcp_listener()
{
	unique_fd listener = make_inet_socket(SOCK_STREAM);
	bind_to_loopback(listener);
	checked(listen(listener, SOMAXCONN), "listen");
	return listener;
}

socket_ends make_tcp_pair()
{
	// The listener blocks here, so that accept waits for the handshake.
	unique_fd listener{checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")};
	bind_to_loopback(listener);
	checked(listen(listener, 1), "listen");
	unique_fd ours{checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")};
	connect_to_loopback(ours, port_of(listener));
	set_nonblocking(ours);
	unique_fd peer{checked(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK),
			       "accept4")};
	return {std::move(ours), std::move(peer)};
}

socket_ends make_udp_pair()
{
	socket_ends ends{make_inet_socket(SOCK_DGRAM), make_inet_socket(SOCK_DGRAM)};
	bind_to_loopback(ends.ours);
	bind_to_loopback(ends.peer);
	connect_to_loopback(ends.ours, port_of(ends.peer));
	connect_to_loopback(ends.peer, port_of(ends.ours));
	return ends;
}

pty_ends make_pty()
{
	int master = -1;
	int slave = -1;
	checked(openpty(&master, &slave, nullptr, nullptr, nullptr), "openpty");
	pty_ends ends{unique_fd{master}, unique_fd{slave}};
	for (const int fd : {master, slave}) {
		set_nonblocking(fd);
		checked(fcntl(fd, F_SETFD, FD_CLOEXEC), "F_SETFD");
	}
	return ends;
}

temporary_folder::temporary_folder() : path_{"/tmp/myepoll-test-XXXXXX"}
{
	if (mkdtemp(path_.data()) == nullptr)
		checked(-1, "mkdtemp");
}

temporary_folder::~temporary_folder()
{
	std::error_code ignored;
	std::filesystem::remove_all(path_, ignored);
}

unique_fd open_file(const std::string& path, int flags)
{
	return unique_fd{checked(open(path.c_str(), flags | O_CLOEXEC, 0600), path.c_str())};
}

unique_fd make_fifo(const temporary_folder& folder)
{
	const std::string path = folder.path("fifo");
	checked(mkfifo(path.c_str(), 0600), "mkfifo");
	return open_file(path, O_RDWR | O_NONBLOCK);
}

unique_fd duplicate(int fd) { return unique_fd{checked(fcntl(fd, F_DUPFD_CLOEXEC, 0), "dup")}; }

void write_bytes(int fd, std::size_t count)
{
	const std::vector<char> bytes(count, 'x');
	if (checked(static_cast<int>(write(fd, bytes.data(), count)), "write") != static_cast<int>(count))
		throw std::runtime_error{"write: not all bytes fit"};
}

std::size_t read_bytes(int fd, std::size_t count)
{
	std::vector<char> bytes(count);
	return static_cast<std::size_t>(
		checked(static_cast<int>(read(fd, bytes.data(), count)), "read"));
}

std::size_t drain(int fd)
{
	std::array<char, 65536> bytes{};
	std::size_t total = 0;
	ssize_t count = 0;
	while ((count = read(fd, bytes.data(), bytes.size())) > 0)
		total += static_cast<std::size_t>(count);
	return total;
}

std::size_t fill(int fd)
{
	const std::array<char, 4096> bytes{};
	std::size_t total = 0;
	ssize_t count = 0;
	while ((count = write(fd, bytes.data(), bytes.size())) > 0)
		total += static_cast<std::size_t>(count);
	return total;
}

} // namespace support
