// SPDX-License-Identifier: GPL-2.0-only
// What is watched: one object of some kind, or a crowd of event counters.
#pragma once

#include <myepoll/file_descriptor.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace bench {

// Something with a side that is watched and one that makes it ready, both non-blocking.
class target {
public:
	enum class kind { eventfd, pipe, unix_socket, tcp_socket };
	static constexpr std::array kinds{kind::eventfd, kind::pipe, kind::unix_socket, kind::tcp_socket};
	static std::string_view name(kind of);

	explicit target(kind of);

	int fd() const noexcept { return watched_.get(); }
	// Eight bytes, as many as an event counter takes.
	void write() const;
	// Takes out everything that was written since.
	void drain() const;

private:
	myepoll::file_descriptor watched_;
	myepoll::file_descriptor other_; // empty where one descriptor has both sides
};

// Adds one to an event counter; eight bytes to anything else.
void write_one(int fd);

// An event counter that is not watched yet, open.
myepoll::file_descriptor make_eventfd();

// Event counters: some to watch, some to add and remove, spread evenly among them as far as the
// order of their creation goes.
class crowd {
public:
	explicit crowd(std::size_t watched);

	const std::vector<int>& watched() const noexcept { return watched_; }
	const std::vector<int>& spare() const noexcept { return spare_; }
	// Of the watched ones `count`, spread evenly.
	std::vector<int> some(std::size_t count) const;

	static void make_ready(const std::vector<int>& fds);
	static void drain(const std::vector<int>& fds);

private:
	std::vector<int> watched_;
	std::vector<int> spare_;
};

} // namespace bench
