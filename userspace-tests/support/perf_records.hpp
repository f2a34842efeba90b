// SPDX-License-Identifier: GPL-2.0-only
// Perf events that record the namespaces of threads. One is ready when it has recorded something since it was last
// polled. It records what happens on one CPU and wakes from an interrupt there, and so before the thread that asks for
// a record does anything else; therefore the thread is pinned to its CPU.
#pragma once

#include "support/fd.hpp"
#include "support/forgetful_source.hpp"

#include <deque>

namespace support {

class perf_records final : public forgetful_source {
public:
	static std::optional<std::string> why_impossible();

	perf_records();

	int open() override;
	void make_event() override;
	std::uint32_t interest() const override;
	std::uint32_t event_mask() const override;

private:
	// Where records go. Mapped read-only, so that new records overwrite old ones and it never fills up.
	class ring {
	public:
		explicit ring(int event);
		ring(const ring&) = delete;
		ring& operator=(const ring&) = delete;
		~ring();

	private:
		void* pages_;
	};
	struct recorder {
		unique_fd event;
		ring records{event};
	};

	std::deque<recorder> recorders_;
};

} // namespace support
