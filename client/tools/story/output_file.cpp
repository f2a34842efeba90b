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

void write_all(const std::string& path, int fd, std::string_view text)
{
	while (!text.empty()) {
		const ssize_t written = ::write(fd, text.data(), text.size());
		if (written < 0 && errno != EINTR)
			fail(path, errno);
		if (written > 0)
			text.remove_prefix(static_cast<std::size_t>(written));
	}
}

// The mode of the file that is replaced, or what a new one would have.
mode_t mode_for(const std::string& path)
{
	struct stat about {};
	if (stat(path.c_str(), &about) == 0)
		return about.st_mode & 07777;
	const mode_t mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

/** In the same folder; gone at the end unless it has replaced the file. */
class temporary_file {
public:
	explicit temporary_file(const std::string& path) : path_{path}, name_{real_path(path) + ".XXXXXX"}
	{
		fd_.reset(mkostemp(name_.data(), O_CLOEXEC));
		if (!fd_)
			fail(path, errno);
	}
	temporary_file(const temporary_file&) = delete;
	temporary_file& operator=(const temporary_file&) = delete;
	~temporary_file()
	{
		if (!is_in_place_)
			unlink(name_.c_str());
	}

	[[nodiscard]] int fd() const { return fd_.get(); }
	void replace()
	{
		if (fchmod(fd_.get(), mode_for(path_)) != 0 || std::rename(name_.c_str(), real_path(path_).c_str()) != 0)
			fail(path_, errno);
		is_in_place_ = true;
	}

private:
	std::string path_;
	std::string name_;
	myepoll::file_descriptor fd_;
	bool is_in_place_ = false;
};

} // namespace

output_file::output_file(const std::string& path) : path_{path}
{
	if (is_no_usual_file(path)) {
		special_.reset(open(path.c_str(), O_WRONLY | O_CLOEXEC));
		if (!special_)
			fail(path, errno);
		return;
	}
	if (access(path.c_str(), F_OK) == 0 && access(path.c_str(), W_OK) != 0)
		fail(path, errno);
	// Only to know that it can be made, so that a signal leaves nothing behind.
	const temporary_file probe{path};
}

void output_file::write(std::string_view text)
{
	if (special_)
		return write_all(path_, special_.get(), text);
	temporary_file file{path_};
	write_all(path_, file.fd(), text);
	file.replace();
}

} // namespace tools::story
