// SPDX-License-Identifier: MIT
#ifndef TOOLS_STORY_PROGRESS_HPP
#define TOOLS_STORY_PROGRESS_HPP

#include <chrono>
#include <cstddef>

namespace tools::story {

/** A line on the terminal that tells how far the recording is; nothing if standard error is no terminal. */
class progress {
public:
	progress();
	~progress() { clear(); }
	progress(const progress&) = delete;
	progress& operator=(const progress&) = delete;

	void show(std::size_t steps, std::size_t instances);
	void clear();

private:
	using clock = std::chrono::steady_clock;

	bool on_terminal_;
	bool is_shown_ = false;
	clock::time_point begin_ = clock::now();
	clock::time_point next_{};
};

} // namespace tools::story

#endif
