// SPDX-License-Identifier: GPL-2.0-only
// The kernel's side of a ring, in a file in memory that the library maps like a ring: for tests of what it takes, without
// the module.
#pragma once

#include "support/fd.hpp"
#include "support/targets.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <utility>

#include <linux/myepoll.h>
#include <myepoll/file_descriptor.hpp>

class fake_ring {
public:
	// The sequence number of the first event is `first`.
	explicit fake_ring(std::uint32_t slots, std::uint32_t first = 0) : slots_{slots}, tail_{first}
	{
		memory_ = support::unique_fd{support::checked(memfd_create("ring", MFD_CLOEXEC), "memfd_create")};
		const std::size_t size = page() + (slots * sizeof(myepoll_ring_slot) + page() - 1) / page() * page();
		support::checked(ftruncate(memory_, static_cast<off_t>(size)), "ftruncate");
		void* const at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory_, 0);
		header_ = static_cast<myepoll_ring_header*>(at);
		header_->slots = slots;
		slot_ = reinterpret_cast<myepoll_ring_slot*>(static_cast<char*>(at) + page());
		for (std::uint32_t i = 0; i < slots; i++) {
			const std::uint32_t seq = first + i - slots;
			slot_[seq % slots].word = MYEPOLL_RING_WORD(0, seq);
		}
	}
	fake_ring(const fake_ring&) = delete;
	fake_ring& operator=(const fake_ring&) = delete;
	// The mapping stays, and is as small as the test is short.
	~fake_ring() = default;

	myepoll::file_descriptor descriptor() const
	{
		return myepoll::file_descriptor{support::duplicate(memory_).release()};
	}

	// False if the ring is full.
	bool post(std::uint32_t events, std::uint64_t data)
	{
		myepoll_ring_slot& slot = slot_[tail_ % slots_];
		if (static_cast<std::uint32_t>(word(slot).load()) != 0)
			return false;
		std::atomic_ref{slot.data}.store(data, std::memory_order_relaxed);
		word(slot).store(MYEPOLL_RING_WORD(events, tail_++), std::memory_order_release);
		return true;
	}
	// Of an event that nobody has taken.
	void add(std::uint32_t seq, std::uint32_t events) { word(slot_[seq % slots_]) |= events; }
	void take_back(std::uint32_t seq) { word(slot_[seq % slots_]) = MYEPOLL_RING_WORD(MYEPOLL_RING_DEAD, seq); }
	void set_state(std::uint32_t state) { std::atomic_ref{header_->state} = state; }

private:
	static std::size_t page() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }
	static std::atomic_ref<__u64> word(myepoll_ring_slot& slot) { return std::atomic_ref{slot.word}; }

	support::unique_fd memory_;
	std::uint32_t slots_;
	std::uint32_t tail_;
	myepoll_ring_header* header_ = nullptr;
	myepoll_ring_slot* slot_ = nullptr;
};
