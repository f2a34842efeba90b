// SPDX-License-Identifier: GPL-2.0-only
// Creates targets. All descriptors are close-on-exec and nonblocking; failures throw
// std::system_error.
#pragma once

#include "support/fd.hpp"

#include <sys/socket.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <string>

namespace support {

struct pipe_ends {
	unique_fd reader;
	unique_fd writer;
};

struct socket_ends {
	unique_fd ours;
	unique_fd peer;
};

struct pty_ends {
	unique_fd master;
	unique_fd slave;
};

// Returns the result, or throws the current errno with the name of the call.
int checked(int result, const char* call);

unique_fd make_eventfd(unsigned initial = 0, int flags = 0);
void signal_eventfd(int fd, std::uint64_t value = 1);
std::uint64_t take_eventfd(int fd);

unique_fd make_timerfd(int clock = CLOCK_MONOTONIC);
void arm_timerfd(int fd, std::chrono::nanoseconds delay, std::chrono::nanoseconds period = {});

// Blocks the signal in the calling thread first; otherwise it would be delivered instead of queued.
unique_fd make_signalfd(int signal);
unique_fd make_inotify(const std::string& watched_path, std::uint32_t mask);
unique_fd make_pidfd(pid_t pid);

pipe_ends make_pipe();
socket_ends make_unix_pair(int type = SOCK_STREAM);
socket_ends make_tcp_pair();
socket_ends make_udp_pair();
unique_fd make_tcp_listener();
std::uint16_t port_of(int socket);
pty_ends make_pty();

// A folder that is removed with the object.
class temporary_folder {
public:
	temporary_folder();
	temporary_folder(const temporary_folder&) = delete;
	temporary_folder& operator=(const temporary_folder&) = delete;
	~temporary_folder();

	std::string path(const std::string& name) const { return path_ + "/" + name; }

private:
	std::string path_;
};

unique_fd open_file(const std::string& path, int flags);
// Makes a FIFO and opens it for reading and writing.
unique_fd make_fifo(const temporary_folder& folder);
unique_fd duplicate(int fd);

void write_bytes(int fd, std::size_t count);
// Returns how many bytes there were, at most count.
std::size_t read_bytes(int fd, std::size_t count);
// Reads, or writes, until the call would block; returns how many bytes.
std::size_t drain(int fd);
std::size_t fill(int fd);

} // namespace support
