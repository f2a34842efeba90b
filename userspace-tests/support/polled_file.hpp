// SPDX-License-Identifier: GPL-2.0-only
// A file whose ->poll() is this program: it sees what is asked for, says what it likes, and can
// keep whoever asks waiting. It lives in a FUSE file system of its own.
//
//	polled_file slow{EPOLLIN};
//	slow.hold();                  from now on who asks must wait
//	slow.await_question();        somebody does
//	slow.release();
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

	// What it says from now on; wakes nobody.
	void set(std::uint32_t state);
	// Wakes those who watch, without a key.
	void wake();
	// The masks it was asked for since the last call.
	std::vector<std::uint32_t> questions();

	void hold();
	void await_question();
	void release();

private:
	struct request;

	void serve();
	bool answer(const request& asked);
	void answer_poll(const request& asked);
	void reply(std::uint64_t unique, int error, const void* payload, std::size_t size) const;
	void reply_state(std::uint64_t unique) const;

	temporary_folder folder_;
	unique_fd server_;
	unique_fd fd_;

	std::mutex mutex_;
	std::condition_variable asked_;
	std::uint32_t state_;
	std::uint64_t wake_handle_ = 0;
	bool holding_ = false;
	std::vector<std::uint64_t> held_;
	std::vector<std::uint32_t> questions_;

	std::thread thread_;
};

} // namespace support
