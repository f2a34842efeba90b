// SPDX-License-Identifier: MIT
#include "tools/look/trace_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/failure.hpp"

namespace tools::look {

trace_file::trace_file(const std::string& path)
{
	if (path.empty()) {
		fd_ = STDOUT_FILENO;
		return;
	}
	opened_.reset(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
	if (!opened_)
		throw failure{own_trouble, "cannot write " + path + ": " + std::strerror(errno)};
	fd_ = opened_.get();
}

bool trace_file::write(std::string_view text)
{
	while (is_read_ && !text.empty()) {
		const ssize_t written = ::write(fd_, text.data(), text.size());
		if (written < 0 && errno == EPIPE)
			is_read_ = false;
		else if (written < 0 && errno != EINTR)
			throw failure{own_trouble, std::string{"cannot write the output: "} + std::strerror(errno)};
		else if (written > 0)
			text.remove_prefix(static_cast<std::size_t>(written));
	}
	return is_read_;
}

} // namespace tools::look
