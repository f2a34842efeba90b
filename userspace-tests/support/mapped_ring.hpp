// SPDX-License-Identifier: GPL-2.0-only
// The ring of an instance, mapped, and one consumer of it:
//
//	mapped_ring ring{set, 8};
//	ASSERT_THAT(ring.add(counter, EPOLLIN | EPOLLET), succeeds());
//	signal_eventfd(counter);
//	EXPECT_THAT(ring.take(), delivers({{EPOLLIN, counter}}));
#pragma once

#include "support/event_set.hpp"
#include "support/fd.hpp"

#include <linux/myepoll.h>
#include <linux/myepoll_ring_consumer.h>

#include <climits>
#include <cstddef>
#include <cstdint>
#include <ostream>

namespace support {

// What fdinfo shows of a ring.
struct ring_counts {
	std::uint64_t slots = 0;
	std::uint64_t pages = 0;
	std::uint64_t posted = 0;
	std::uint64_t merged = 0;
	std::uint64_t taken_back = 0;
	std::uint64_t refused = 0;
	bool operator==(const ring_counts&) const = default;
};

std::ostream& operator<<(std::ostream& out, const ring_counts& counts);
ring_counts counts_of_ring(int fd);

// RING: a descriptor or -errno.
long make_ring(int epfd, __u32 slots, __u32 flags = MYEPOLL_RING_CLOEXEC);
// A change with MYEPOLL_ENTRY_RING: 0 or -errno.
long ctl_on_ring(int epfd, int op, int fd, std::uint32_t mask, std::uint64_t data);
// WAIT with MYEPOLL_WAIT_RING, by default without room for events.
delivery wait_on_ring(int epfd, __u32 head, std::chrono::milliseconds timeout, int maxevents = 0);

std::size_t page_size();
// Of the mapping of so many slots.
std::size_t bytes_of_slots(__u32 slots);

class mapped_ring {
public:
	mapped_ring(const event_set& set, __u32 slots);
	// Maps a ring of the set that was made otherwise: received in a message, inherited.
	mapped_ring(const event_set& set, unique_fd ring);
	mapped_ring(const mapped_ring&) = delete;
	mapped_ring& operator=(const mapped_ring&) = delete;
	~mapped_ring();

	const unique_fd& fd() const noexcept { return fd_; }
	int epfd() const noexcept { return epfd_; }
	void close() noexcept { fd_.close(); }
	ring_counts counts() const { return counts_of_ring(fd_); }

	const myepoll_ring_header& header() const noexcept { return *consumer_.header; }
	__u32 state() const noexcept { return myepoll_ring_state(&consumer_); }
	__u32 slots() const noexcept { return slots_; }
	myepoll_ring_slot& slot(__u32 seq) const noexcept { return consumer_.slots[seq & consumer_.mask]; }
	__u64 word(__u32 seq) const noexcept { return __atomic_load_n(&slot(seq).word, __ATOMIC_ACQUIRE); }

	// The events that there are now, at most so many.
	delivery take(std::size_t most = SIZE_MAX);
	__u32 head() const noexcept { return consumer_.head; }
	myepoll_ring_consumer& consumer() noexcept { return consumer_; }
	const myepoll_ring_consumer& consumer() const noexcept { return consumer_; }

	// Changes with MYEPOLL_ENTRY_RING; the data defaults to the descriptor.
	long add(int fd, std::uint32_t mask) const { return add(fd, mask, static_cast<std::uint64_t>(fd)); }
	long add(int fd, std::uint32_t mask, std::uint64_t data) const
	{
		return ctl_on_ring(epfd_, MYEPOLL_CTL_ADD, fd, mask, data);
	}
	long mod(int fd, std::uint32_t mask) const { return mod(fd, mask, static_cast<std::uint64_t>(fd)); }
	long mod(int fd, std::uint32_t mask, std::uint64_t data) const
	{
		return ctl_on_ring(epfd_, MYEPOLL_CTL_MOD, fd, mask, data);
	}
	// From this consumer's head on.
	delivery wait(std::chrono::milliseconds timeout = std::chrono::milliseconds{0}, int maxevents = 0) const
	{
		return wait_on_ring(epfd_, head(), timeout, maxevents);
	}

private:
	int epfd_;
	unique_fd fd_;
	__u32 slots_ = 0;
	myepoll_ring_consumer consumer_{};
};

} // namespace support
