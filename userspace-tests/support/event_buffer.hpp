// SPDX-License-Identifier: GPL-2.0-only
// Every kind of memory that a wait may be given for its events: present, not present yet, or inaccessible.
//
//	event_buffer buffer{memory_kind::split, 3 * event_buffer::event_size};
//	EXPECT_THAT(buffer.wait(set), delivers({{EPOLLIN, fd}}));
#pragma once

#include "support/child_process.hpp"
#include "support/event_set.hpp"

#include <array>
#include <cstddef>
#include <optional>

namespace support {

enum class memory_kind {
	touched,        // present
	fresh,          // never touched
	forked,         // copy-on-write, as after a fork() with the child alive
	split,          // one page present, the next one never touched
	growing,        // not mapped, below a mapping that grows into it (MAP_GROWSDOWN)
	hole,           // one page present, the next one inaccessible
	fresh_hole,     // one page never touched, the next one inaccessible
	half_read_only, // one page present, the next one read-only
	read_only,
	forbidden,      // mapped, but inaccessible
	unmapped,
};

inline constexpr std::array all_memory_kinds{
	memory_kind::touched,	     memory_kind::fresh,     memory_kind::forked,    memory_kind::split,
	memory_kind::growing,	     memory_kind::hole,	     memory_kind::fresh_hole, memory_kind::half_read_only,
	memory_kind::read_only,	     memory_kind::forbidden, memory_kind::unmapped,
};

const char* name_of(memory_kind kind);

// A buffer that covers the end of one page and all of the next.
class event_buffer {
public:
	static constexpr std::size_t event_size = sizeof(epoll_event);

	event_buffer(memory_kind kind, std::size_t bytes_on_first_page);
	event_buffer(const event_buffer&) = delete;
	event_buffer& operator=(const event_buffer&) = delete;
	~event_buffer();

	memory_kind kind() const noexcept { return kind_; }
	// How many events fit into its size, and how many of them can be written.
	std::size_t capacity() const noexcept;
	std::size_t room() const noexcept;

	void* address() const noexcept { return start(); }

	// Waits for events, by default at most as many as fit.
	delivery wait(const event_set& set, std::chrono::milliseconds timeout = 0ms) const;
	delivery wait(const event_set& set, std::chrono::milliseconds timeout, std::size_t maxevents) const;
	// Restores the state before the first wait.
	void renew();
	// Also moves the start of the buffer.
	void renew(std::size_t bytes_on_first_page);

private:
	void map_two_pages();
	void map_below_stack();
	void map_pages_to_share();
	void share_pages();
	std::byte* start() const noexcept { return second_page_ - bytes_on_first_page_; }

	memory_kind kind_;
	std::size_t bytes_on_first_page_;
	std::byte* mapping_ = nullptr;
	std::size_t mapping_size_ = 0;
	std::byte* second_page_ = nullptr;
	std::optional<child_process> sharer_;
};

} // namespace support
