// SPDX-License-Identifier: MIT
#include "tools/look/file_holders.hpp"

#include <linux/kcmp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace tools::look {
namespace {

bool is_anonymous(const std::string& descriptor)
{
	std::error_code unknown;
	return std::filesystem::read_symlink(descriptor, unknown).string().starts_with("anon_inode:");
}

bool is_file(const std::string& descriptor, const watched_file& file)
{
	struct stat now{};
	if (::stat(descriptor.c_str(), &now) != 0)
		return false;
	return now.st_ino == file.inode && kernel_device(now.st_dev) == file.device;
}

bool is_same_file(pid_t one, int fd, pid_t other, int other_fd)
{
	return syscall(SYS_kcmp, one, other, KCMP_FILE, fd, other_fd) == 0;
}

// Of a process that may not be looked at, or has ended: none.
std::vector<int> descriptors_of(const process& one)
{
	try {
		return numbers_in(one.folder() + "fd");
	} catch (const std::system_error&) {
		return {};
	}
}

} // namespace

std::vector<holder> holders_of_file(const process& of, const watch& one)
{
	std::vector<holder> found;
	if (!one.file)
		return found;
	for (const pid_t id : all_processes()) {
		const auto other = process::find(id);
		if (!other)
			continue;
		for (const int fd : descriptors_of(*other)) {
			const std::string descriptor = other->folder() + "fd/" + std::to_string(fd);
			if (is_file(descriptor, *one.file) &&
			    (!is_anonymous(descriptor) || is_same_file(of.id(), one.item.fd, id, fd)))
				found.push_back({id, other->name(), fd});
		}
	}
	return found;
}

} // namespace tools::look
