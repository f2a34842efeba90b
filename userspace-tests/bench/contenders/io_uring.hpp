// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring's POLL_ADD, with one system call for each change, or for many. The ring's owner turns
 * readiness into completions when it asks for them (DEFER_TASKRUN), so that this is counted where the
 * others deliver. A single-shot poll is re-armed after each event, by the next look, which amounts to
 * level-triggered; a multishot poll stays armed, which amounts to edge-triggered.
 */
#pragma once

#include "bench/call.hpp"

#include <liburing.h>

#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace bench {

enum class shots { single, multi };

template <shots Shots> class io_uring_set {
public:
	explicit io_uring_set(std::size_t most_events = 64) : most_events_{most_events}
	{
		const unsigned int entries = std::bit_ceil(static_cast<unsigned int>(most_events));
		constexpr unsigned int flags =
			IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG;
		checked_errno(io_uring_queue_init(entries, &ring_, flags), "io_uring_queue_init");
	}
	io_uring_set(const io_uring_set&) = delete;
	io_uring_set& operator=(const io_uring_set&) = delete;
	~io_uring_set() { io_uring_queue_exit(&ring_); }

	void add(int fd, std::uint32_t wanted)
	{
		add_later(fd, wanted);
		apply();
	}
	void modify(int fd, std::uint32_t wanted)
	{
		modify_later(fd, wanted);
		apply();
	}
	void remove(int fd)
	{
		remove_later(fd);
		apply();
	}

	// Changes that are applied together, at most as many as there are events.
	void add_later(int fd, std::uint32_t wanted) { arm(fd, wanted); }
	void modify_later(int fd, std::uint32_t wanted)
	{
		io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
		io_uring_prep_poll_update(entry, data(fd), 0, wanted & poll_bits,
					  IORING_POLL_UPDATE_EVENTS | (multishot ? IORING_POLL_ADD_MULTI : 0));
		entry->user_data = of_a_change;
		completions_of_changes_ += 1;
	}
	void remove_later(int fd)
	{
		io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
		io_uring_prep_poll_remove(entry, data(fd));
		entry->user_data = of_a_change;
		completions_of_changes_ += 2; // the poll itself completes, too, with ECANCELED
	}
	void apply()
	{
		if (completions_of_changes_ == 0) {
			checked_errno(io_uring_submit(&ring_), "io_uring_submit");
			return;
		}
		checked_errno(io_uring_submit_and_wait(&ring_, completions_of_changes_), "io_uring_submit_and_wait");
		for (; completions_of_changes_ > 0; completions_of_changes_--) {
			io_uring_cqe* completion = nullptr;
			checked_errno(io_uring_peek_cqe(&ring_, &completion), "io_uring_peek_cqe");
			if (completion->user_data == of_a_change)
				checked_errno(completion->res, "change of a poll");
			io_uring_cqe_seen(&ring_, completion);
		}
	}
	// A look submits what was collected. Not for removals, whose polls complete, too.
	std::size_t apply_and_look() { return look(); }
	std::size_t apply_and_wait() { return wait(); }

	static void create_and_close() { io_uring_set{1}; }

	// Never a call.
	bool maybe_ready()
	{
		return io_uring_cq_ready(&ring_) != 0 ||
		       (io_uring_smp_load_acquire(ring_.sq.kflags) & IORING_SQ_TASKRUN) != 0;
	}

	// Each returns how many are ready.
	std::size_t look()
	{
		// Submits what take() has re-armed.
		const int result = io_uring_sq_ready(&ring_) ? io_uring_submit_and_get_events(&ring_)
							     : io_uring_get_events(&ring_);
		checked_errno(result, "io_uring_get_events");
		// Kernels since 6.13 stop after a few.
		while (io_uring_smp_load_acquire(ring_.sq.kflags) & IORING_SQ_TASKRUN)
			checked_errno(io_uring_get_events(&ring_), "io_uring_get_events");
		return take();
	}

	std::size_t wait()
	{
		checked_errno(io_uring_submit_and_wait(&ring_, 1), "io_uring_submit_and_wait");
		return take();
	}

private:
	static constexpr bool multishot = Shots == shots::multi;
	static constexpr std::uint32_t poll_bits = 0xffff;
	static constexpr std::uint64_t of_a_change = ~std::uint64_t{0};

	static std::uint64_t data(int fd) noexcept { return static_cast<std::uint64_t>(fd); }

	// All polls of a ring are for the same events.
	void arm(int fd, std::uint32_t wanted)
	{
		wanted_ = wanted;
		io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
		if (multishot)
			io_uring_prep_poll_multishot(entry, fd, wanted & poll_bits);
		else
			io_uring_prep_poll_add(entry, fd, wanted & poll_bits);
		entry->user_data = data(fd);
	}

	std::size_t take()
	{
		io_uring_cqe* completion = nullptr;
		unsigned int head = 0;
		unsigned int count = 0;
		unsigned int changes = 0;
		io_uring_for_each_cqe(&ring_, head, completion) {
			checked_errno(completion->res, "POLL_ADD");
			if (completion->user_data == of_a_change) {
				changes++;
				continue;
			}
			if (!multishot)
				arm(static_cast<int>(completion->user_data), wanted_);
			if (++count == most_events_)
				break;
		}
		io_uring_cq_advance(&ring_, count + changes);
		completions_of_changes_ -= changes;
		return count;
	}

	io_uring ring_{};
	std::uint32_t wanted_ = 0;
	unsigned int completions_of_changes_ = 0; // to come
	std::size_t most_events_;
};

} // namespace bench
