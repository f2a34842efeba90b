// SPDX-License-Identifier: GPL-2.0-only
// What is watched: one object of some kind, or a crowd of eventfds.
#pragma once

#include <myepoll/file_descriptor.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace bench {

// An object with an end that is watched and an end that makes it ready, both non-blocking.
class target {
public:
	enum class kind { eventfd, pipe, unix_socket, tcp_socket };
	static constexpr std::array kinds{kind::eventfd, kind::pipe, kind::unix_socket, kind::tcp_socket};
	static std::string_view name(kind of);

	explicit target(kind of);

	int fd() const noexcept { return watched_.get(); }
	// Writes eight bytes, as an eventfd requires.
	void write() const;
	// Reads everything that was written.
	void drain() const;

private:
	myepoll::file_descriptor watched_;
	myepoll::file_descriptor other_; // empty if one descriptor is both ends
};

// Adds one to an eventfd; writes eight bytes to anything else.
void write_one(int fd);

// A new, non-blocking eventfd.
myepoll::file_descriptor make_eventfd();

// Eventfds: some to watch, and spare ones to add and remove, which are spread evenly among them in the
// order of creation.
class crowd {
public:
	explicit crowd(std::size_t watched);

	const std::vector<int>& watched() const noexcept { return watched_; }
	const std::vector<int>& spare() const noexcept { return spare_; }
	// Returns `count` of the watched ones, spread evenly.
	std::vector<int> some(std::size_t count) const;

	static void make_ready(const std::vector<int>& fds);
	static void drain(const std::vector<int>& fds);

private:
	std::vector<int> watched_;
	std::vector<int> spare_;
};

} // namespace bench
