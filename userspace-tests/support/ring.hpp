// SPDX-License-Identifier: GPL-2.0-only
// An io_uring that polls files:
//
//	ring uring;
//	uring.poll_once(target, POLLIN);
//	EXPECT_THAT(uring.completions(), ElementsAre(POLLIN));
#pragma once

#include <liburing.h>
#include <poll.h>

#include <cstdint>
#include <stdexcept>
#include <system_error>
#include <vector>

namespace support {

class ring {
public:
	static constexpr unsigned usual_entries = 64; // the completion queue is twice as long

	explicit ring(unsigned entries = usual_entries)
	{
		if (const int result = io_uring_queue_init(entries, &ring_, 0); result < 0)
			throw std::system_error{-result, std::generic_category(), "io_uring_queue_init"};
	}
	ring(const ring&) = delete;
	ring& operator=(const ring&) = delete;
	~ring() { io_uring_queue_exit(&ring_); }

	int fd() const { return ring_.ring_fd; }
	void signals(int eventfd) { check(io_uring_register_eventfd(&ring_, eventfd), "register eventfd"); }

	void poll_once(int fd, unsigned mask)
	{
		io_uring_sqe* const sqe = entry();
		io_uring_prep_poll_add(sqe, fd, mask);
		submit(sqe, poll_data);
	}
	// Multishot: a completion for each wakeup.
	void poll_on_and_on(int fd, unsigned mask)
	{
		io_uring_sqe* const sqe = entry();
		io_uring_prep_poll_multishot(sqe, fd, mask);
		submit(sqe, poll_data);
	}
	// Ends the polls; their last completions are not reported.
	void cancel_polls()
	{
		io_uring_sqe* const sqe = entry();
		io_uring_prep_poll_remove(sqe, poll_data);
		submit(sqe, other_data);
		completions();
	}
	void do_nothing()
	{
		io_uring_sqe* const sqe = entry();
		io_uring_prep_nop(sqe);
		submit(sqe, other_data);
	}

	// Results of the polls that completed since the last call. The task itself posts
	// completions, on its way out of the kernel: entering the kernel once is enough for all
	// polls that are due.
	std::vector<int> completions()
	{
		check(io_uring_get_events(&ring_), "io_uring_get_events");
		std::vector<int> results;
		for (io_uring_cqe* cqe = nullptr; io_uring_peek_cqe(&ring_, &cqe) == 0;) {
			if (cqe->user_data == poll_data && cqe->res != -ECANCELED)
				results.push_back(cqe->res);
			io_uring_cqe_seen(&ring_, cqe);
		}
		return results;
	}

private:
	static constexpr std::uint64_t poll_data = 1;
	static constexpr std::uint64_t other_data = 2;

	static void check(int result, const char* call)
	{
		if (result < 0)
			throw std::system_error{-result, std::generic_category(), call};
	}
	io_uring_sqe* entry()
	{
		io_uring_sqe* const sqe = io_uring_get_sqe(&ring_);
		if (sqe == nullptr)
			throw std::runtime_error{"io_uring: no free entry"};
		return sqe;
	}
	void submit(io_uring_sqe* sqe, std::uint64_t data)
	{
		io_uring_sqe_set_data64(sqe, data);
		check(io_uring_submit(&ring_), "io_uring_submit");
	}

	io_uring ring_{};
};

} // namespace support
