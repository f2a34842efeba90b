// SPDX-License-Identifier: GPL-2.0-only
// A file whose ->poll() is this program: the test sees which mask is polled for, chooses the answer, and can
// keep the poller waiting. Each file is in a FUSE file system of its own.
//
//	polled_file slow{EPOLLIN};
//	slow.hold();                  from now on a poller has to wait
//	slow.await_question();        one does
//	slow.release();
//
// The same applies to a thread that touches a page of the file's mapping that is not present.
#pragma once

#include "support/fd.hpp"
#include "support/targets.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace support {

class polled_file {
public:
	// Why it is unavailable here, or nullopt: it needs root and FUSE.
	static std::optional<std::string> why_impossible();

	explicit polled_file(std::uint32_t state);
	polled_file(const polled_file&) = delete;
	polled_file& operator=(const polled_file&) = delete;
	~polled_file();

	const unique_fd& fd() const noexcept { return fd_; }
	void close() noexcept { fd_.close(); }
	// Whether the kernel has released it, which it does when the last reference is dropped.
	bool is_gone();

	// What ->poll() returns from now on; wakes nobody.
	void set(std::uint32_t state);
	// Wakes all watchers, without a key. Not allowed while a poller is kept waiting.
	void wake();
	// From now on each poll clears the state, until it is set again: like a file whose ->poll() clears
	// what it reports.
	void forget_when_polled();
	// The masks it was polled for since the last call.
	std::vector<std::uint32_t> questions();
	// How often it has been polled so far.
	std::uint64_t polls();

	void hold();
	void await_question();
	void release();

	// Maps the file's only page, which contains zeros, privately.
	void* map_page();
	// Discards the page until it is touched again.
	void discard_page() const;

private:
	struct request;

	void serve();
	void mount_here();
	bool answer(const request& asked);
	void answer_poll(const request& asked);
	void answer_read(std::uint64_t unique);
	void keep_waiting(std::unique_lock<std::mutex>& lock);
	void pass_wake_on();
	void reply(std::uint64_t unique, int error, const void* payload, std::size_t size) const;

	temporary_folder folder_;
	unique_fd bell_; // tells the server to pass a wakeup on
	unique_fd fd_;

	std::mutex mutex_;
	std::condition_variable changed_;
	std::uint32_t state_;
	std::uint64_t polls_ = 0;
	std::uint64_t wake_handle_ = 0;
	bool forgets_ = false;
	bool mounted_ = false;
	bool wake_requested_ = false;
	bool holding_ = false;
	bool someone_waits_ = false;
	bool gone_ = false;
	std::vector<std::uint32_t> questions_;
	void* page_ = nullptr;

	std::thread server_;
};

} // namespace support
