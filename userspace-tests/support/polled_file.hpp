// SPDX-License-Identifier: GPL-2.0-only
// A file whose ->poll() is this program: it sees what is asked for, says what it likes, and can
// keep whoever asks waiting. It lives in a FUSE file system of its own.
//
//	polled_file slow{EPOLLIN};
//	slow.hold();                  from now on who asks must wait
//	slow.await_question();        somebody does
//	slow.release();
//
// The same goes for who touches a page that it is mapped to and that is not there.
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
	// Why there can be none here, if so: it takes root and the kernel's FUSE.
	static std::optional<std::string> why_impossible();

	explicit polled_file(std::uint32_t state);
	polled_file(const polled_file&) = delete;
	polled_file& operator=(const polled_file&) = delete;
	~polled_file();

	const unique_fd& fd() const noexcept { return fd_; }
	void close() noexcept { fd_.close(); }
	// Whether the kernel has closed it for good, which it does when nobody has it any more.
	bool is_gone();

	// What it says from now on; wakes nobody.
	void set(std::uint32_t state);
	// Wakes those who watch, without a key. Not while somebody is kept waiting.
	void wake();
	// From now on its state is 0 after each poll, until it is set again: as that of a file which clears in
	// ->poll() what it reports.
	void forget_when_polled();
	// The masks it was asked for since the last call.
	std::vector<std::uint32_t> questions();
	// How often it was polled so far.
	std::uint64_t polls();

	void hold();
	void await_question();
	void release();

	// The file's only page, zeros, mapped privately.
	void* map_page();
	// Until it is touched next.
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
	unique_fd bell_; // rings when there is something to pass on
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
