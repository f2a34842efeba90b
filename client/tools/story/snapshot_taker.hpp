// SPDX-License-Identifier: MIT
#ifndef TOOLS_STORY_SNAPSHOT_TAKER_HPP
#define TOOLS_STORY_SNAPSHOT_TAKER_HPP

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>

#include <linux/myepoll.h>

#include "tools/look/processes.hpp"
#include "tools/story/item_table.hpp"
#include "tools/story/recording.hpp"

namespace tools::story {

/**
 * Takes snapshots of the recorded instances: of each as soon as it is known, then from time to time while it changes, and
 * at the end. What they cost in time and room stays a small part of the recording.
 */
class snapshot_taker {
public:
	/** `start`: the time from which the recording counts, of CLOCK_MONOTONIC. */
	snapshot_taker(recording& to, item_table& items, std::uint64_t start);

	/** An instance, and a descriptor of it. */
	void know(std::uint64_t instance, pid_t process, int fd);
	/** It was closed. */
	void forget(std::uint64_t instance) { instances_.erase(instance); }
	/** Something happened in it. */
	void note_step(std::uint64_t instance);

	/** Those whose time has come. */
	void take_due();
	/** The last ones. */
	void take_last();

	/** The time, as the recording counts it. */
	[[nodiscard]] std::uint64_t now() const;

private:
	using clock = std::chrono::steady_clock;

	struct place {
		pid_t process;
		int fd;
		bool is_new = true;
		bool changed = true; // since its last snapshot
		clock::time_point next{};
	};

	void take(std::uint64_t instance, place& of, bool is_last);
	[[nodiscard]] bool find_again(std::uint64_t instance, place& of);
	[[nodiscard]] bool take_pages(std::uint64_t instance, const place& of, std::size_t room, bool with_sockets);
	[[nodiscard]] int read_pages(std::uint64_t instance, const place& of, const look::process& holder, std::size_t room);
	void add_page(const place& of, const myepoll_snapshot& page, std::uint64_t from);
	void add_sockets(const look::process& holder, std::size_t first_page);
	[[nodiscard]] std::size_t room_for_items(bool is_first_or_last) const;

	recording& to_;
	item_table& items_;
	std::uint64_t start_;
	bool is_first_namespace_;
	std::map<std::uint64_t, place> instances_;
	std::size_t items_taken_ = 0;
	clock::time_point next_sockets_{};
	clock::time_point next_survey_{};
	std::map<std::uint64_t, look::holder> holders_; // at the last survey
	std::array<myepoll_item, MYEPOLL_SNAPSHOT_MAX> page_items_{};
	std::array<myepoll_sleeper, MYEPOLL_SNAPSHOT_MAX> page_sleepers_{};
};

} // namespace tools::story

#endif
