// SPDX-License-Identifier: MIT
#include "tools/look/processes.hpp"

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <memory>
#include <string_view>
#include <system_error>

#include "tools/look/words.hpp"
#include "tools/process.hpp"

namespace tools::look {
namespace {

std::optional<int> number_in(std::string_view text)
{
	int number = 0;
	const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
	if (error != std::errc{} || end != text.data() + text.size())
		return std::nullopt;
	return number;
}

struct closes_folder {
	void operator()(DIR* folder) const noexcept { closedir(folder); }
};

// Calls `use` with each number among the names in a folder, and the folder's descriptor.
template <typename Use> void for_each_number(const std::string& folder, Use use)
{
	const std::unique_ptr<DIR, closes_folder> names{opendir(folder.c_str())};
	if (names == nullptr)
		throw std::system_error{errno, std::system_category(), folder};
	while (const dirent* name = readdir(names.get()))
		if (const auto number = number_in(name->d_name))
			use(*number, dirfd(names.get()), name->d_name);
}

// A program may have a million descriptors, so without a path to look up.
bool is_instance(int folder, const char* link)
{
	constexpr std::string_view ours = "anon_inode:[myepoll]";
	std::array<char, ours.size() + 1> text;
	const ssize_t length = readlinkat(folder, link, text.data(), text.size());
	return length >= 0 && std::string_view{text.data(), static_cast<std::size_t>(length)} == ours;
}

} // namespace

process::process(pid_t id, myepoll::file_descriptor pidfd)
	: id_{id}, pidfd_{std::move(pidfd)}, name_{name_of(id)}
{
}

std::optional<process> process::find(pid_t id)
{
	myepoll::file_descriptor pidfd{static_cast<int>(syscall(SYS_pidfd_open, id, 0))};
	if (!pidfd)
		return std::nullopt;
	process found{id, std::move(pidfd)};
	if (!found.still_runs())
		return std::nullopt;
	return found;
}

std::string process::folder() const { return "/proc/" + std::to_string(id_) + "/"; }

bool process::still_runs() const noexcept
{
	return syscall(SYS_pidfd_send_signal, pidfd_.get(), 0, nullptr, 0) == 0 || errno == EPERM;
}

std::vector<int> process::instances() const
{
	std::vector<int> found;
	for_each_number(folder() + "fd", [&found](int fd, int folder, const char* link) {
		if (is_instance(folder, link))
			found.push_back(fd);
	});
	std::sort(found.begin(), found.end());
	return found;
}

myepoll::file_descriptor process::copy(int fd, int& error) const noexcept
{
	const long copied = syscall(SYS_pidfd_getfd, pidfd_.get(), fd, 0);
	error = copied < 0 ? errno : 0;
	return myepoll::file_descriptor{static_cast<int>(copied)};
}

std::vector<int> numbers_in(const std::string& folder)
{
	std::vector<int> found;
	for_each_number(folder, [&found](int number, int, const char*) { found.push_back(number); });
	std::sort(found.begin(), found.end());
	return found;
}

std::vector<pid_t> all_processes() { return numbers_in("/proc"); }

std::string in_words(const holder& one)
{
	return task_in_words(one.name, one.process) + ':' + std::to_string(one.fd);
}

} // namespace tools::look
