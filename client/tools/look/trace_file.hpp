// SPDX-License-Identifier: MIT
#ifndef TOOLS_LOOK_TRACE_FILE_HPP
#define TOOLS_LOOK_TRACE_FILE_HPP

#include <string>
#include <string_view>

#include <myepoll/file_descriptor.hpp>

namespace tools::look {

/** Where the output goes: a file, or standard output. Lines are written as soon as they are there, and never in part. */
class trace_file {
public:
	/** Standard output for "". Throws a failure. */
	explicit trace_file(const std::string& path);

	/** False from when nobody reads it any more; throws a failure if it cannot be written for other reasons. */
	bool write(std::string_view text);

private:
	myepoll::file_descriptor opened_;
	int fd_;
	bool is_read_ = true;
};

} // namespace tools::look

#endif
