// SPDX-License-Identifier: MIT
#include "tools/story/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "tools/failure.hpp"

namespace tools::story {
namespace {

[[noreturn]] void fail(const std::string& path, int error)
{
	throw failure{own_trouble, "cannot write " + path + ": " + std::strerror(error)};
}

bool is_no_usual_file(const std::string& path)
{
	struct stat about {};
	return stat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode);
}

// Behind symbolic links, so that the file is replaced and not the link.
std::string real_path(const std::string& path)
{
	std::error_code error;
	const auto real = std::filesystem::weakly_canonical(path, error);
	return error ? path : real.string();
}

} // namespace

output_file::output_file(const std::string& path) : path_{path}
{
	if (is_no_usual_file(path)) {
		fd_.reset(open(path.c_str(), O_WRONLY | O_CLOEXEC));
		if (!fd_)
			fail(path, errno);
		return;
	}
	if (access(path.c_str(), F_OK) == 0 && access(path.c_str(), W_OK) != 0)
		fail(path, errno);
	std::string name = real_path(path) + ".XXXXXX";
	fd_.reset(mkostemp(name.data(), O_CLOEXEC));
	if (!fd_)
		fail(path, errno);
	temporary_ = std::move(name);
}

output_file::~output_file()
{
	if (!temporary_.empty())
		unlink(temporary_.c_str());
}

void output_file::write(std::string_view text)
{
	while (!text.empty()) {
		const ssize_t written = ::write(fd_.get(), text.data(), text.size());
		if (written < 0 && errno != EINTR)
			fail(path_, errno);
		if (written > 0)
			text.remove_prefix(static_cast<std::size_t>(written));
	}
	if (temporary_.empty())
		return;
	const mode_t mask = umask(0);
	umask(mask);
	if (fchmod(fd_.get(), 0666 & ~mask) != 0 || std::rename(temporary_.c_str(), real_path(path_).c_str()) != 0)
		fail(path_, errno);
	temporary_.clear();
}

} // namespace tools::story
