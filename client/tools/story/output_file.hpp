// SPDX-License-Identifier: MIT
#ifndef TOOLS_STORY_OUTPUT_FILE_HPP
#define TOOLS_STORY_OUTPUT_FILE_HPP

#include <string>
#include <string_view>

#include <myepoll/file_descriptor.hpp>

namespace tools::story {

/** A file that is written as a whole or not at all. */
class output_file {
public:
	/** Throws a failure if it cannot be written. */
	explicit output_file(const std::string& path);

	/** From now on it is there, or a failure is thrown and what was there before still is. */
	void write(std::string_view text);
	[[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
	std::string path_;
	myepoll::file_descriptor special_{}; // a pipe or a device, which is not replaced
};

} // namespace tools::story

#endif
