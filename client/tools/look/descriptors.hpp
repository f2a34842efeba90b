// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_DESCRIPTORS_HPP
#define TOOLS_LOOK_DESCRIPTORS_HPP

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "tools/look/instance_state.hpp"
#include "tools/look/processes.hpp"

namespace tools::look {

/** Of an internet socket. */
struct socket_state {
	std::string state;     // "ESTABLISHED"
	std::uint64_t receive; // bytes to read; of a listening one: connections to accept
	std::uint64_t send;    // bytes that are not acknowledged
};

/**
 * What descriptors of a process are: "tcp 127.0.0.1:80 < 127.0.0.1:40312", "eventfd", "pipe 4711". Only from /proc, so no
 * file is kept open; sockets by the tables of the process's own network namespace.
 */
class descriptors {
public:
	explicit descriptors(const process& of) : of_{of} {}

	/** Nothing if it is not open. */
	[[nodiscard]] std::optional<std::string> describe(int fd);

	/** The file of a watch, also if its descriptor was closed or is another file by now: that is said, too. */
	[[nodiscard]] std::string describe(const watch& one);

	/** Nothing if it is no internet socket. */
	[[nodiscard]] std::optional<socket_state> state_of(int fd);

private:
	[[nodiscard]] std::string describe_link(const std::string& link, int fd);
	[[nodiscard]] std::string describe_file(const watched_file& file);
	[[nodiscard]] std::string describe_socket(std::uint64_t inode);
	void read_sockets();
	void read_internet_sockets(const char* table);
	void read_unix_sockets();

	const process& of_;
	bool sockets_read_ = false;
	std::map<std::uint64_t, std::string> sockets_; // by inode
	std::map<std::uint64_t, socket_state> states_;
};

} // namespace tools::look

#endif
