// SPDX-License-Identifier: MIT
#ifndef TOOLS_STORY_THREAD_CHECK_HPP
#define TOOLS_STORY_THREAD_CHECK_HPP

#include <cstdint>
#include <map>
#include <string>

#include "tools/story/recording.hpp"

namespace tools::story {

/** Whether the steps of threads fit together: a WAIT or CHANGE that begins also ends, who sleeps is woken, and so on. */
class thread_check {
public:
	explicit thread_check(const recording& of) : of_{of} {}

	/**
	 * Returns what is wrong, or "". `was_there_before`: the instance is older than the recording, so the thread's first
	 * step may be in the middle of a call.
	 */
	[[nodiscard]] std::string apply(const step& one, bool was_there_before);
	/** Steps were lost. */
	void forget();

private:
	struct state {
		bool may_be_anywhere = false; // the call that it is in was not seen from its beginning
		std::uint64_t in_wait = 0;    // on this instance; 0: in none
		std::uint64_t asleep = 0;
		std::uint64_t in_change = 0;
		std::int64_t tried = 0;	  // entries of that CHANGE
		std::uint64_t edited = 0; // and has not returned from that CTL
		int events = 0;		  // delivered by this WAIT
		[[nodiscard]] bool is_seen_in_wait() const { return in_wait != 0 && !may_be_anywhere; }
	};

	[[nodiscard]] std::string check_wait(const step& one, state& of);
	[[nodiscard]] std::string check_ctl(const step& one, state& of) const;
	[[nodiscard]] std::string check_change(const step& one, state& of) const;

	const recording& of_;
	std::map<pid_t, state> threads_;
	std::map<std::uint64_t, int> waits_; // that were seen to begin, by instance
	bool after_gap_ = false;
};

} // namespace tools::story

#endif
